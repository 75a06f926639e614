import { askClaim, type AskMode } from '../ask.ts';
import type { MissionCommand } from '../commands/index.ts';
import type { RunState } from '../mission.state.ts';
import { at, command } from './mission.builders.ts';
import type { RandomChoice } from './random-choice.ts';

/** What a run at work may ask for, be offered and be told to give back, in an order that makes sense or not. */
export function randomAsk(
  { id: runId, token, lock, asks = [] }: RunState,
  random: RandomChoice,
): MissionCommand {
  const held = { runId, token: Math.max(1, token) };
  const claimId = random.pick(asks)?.claimId ?? askClaim(runId, String(random.below(4)));
  const talk = { claimId, negotiationId: `${claimId}/talk-1`, proposalId: `p-${String(random.below(2))}` };
  const resource = random.mostly('port:/local/9100', ['env:/other/x', 'repo:/r']);
  const ask = {
    ...held,
    claimId,
    resource,
    mode: random.mostly<AskMode>('X', ['S']),
    reason: 'It is needed.',
  };
  const choices: readonly (() => MissionCommand)[] = [
    () => command('AskForResource', ask),
    () => command('AskForResource', ask),
    () => command('RecordLockGrant', { claimId, ledger: 'resources-local', version: 9 }),
    () => command('RecordLockWait', { claimId, resource, holder: 'm-other' }),
    () => command('RecordLockOffer', { ...talk, offer: 'At noon.', expires: at }),
    () => command('ChooseOffer', { ...held, claimId, proposalId: talk.proposalId }),
    () => command('RecordAskRefused', { claimId, code: 'LOCK_CYCLE', detail: 'A circle.' }),
    () => command('RecordAskExchanged', { claimId, detail: 'It was given to m-other.' }),
    () => command('RecordLockLoss', { claimId }),
    () => command('OrderHandOver', { claimId: random.mostly(lock?.claimId ?? claimId, [claimId]) }),
  ];
  return (random.pick(choices) ?? (() => command('AskForResource', ask)))();
}
