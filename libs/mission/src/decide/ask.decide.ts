import {
  askClaim,
  coveringAsk,
  covers,
  exchangedCode,
  faultOfAsk,
  isInOwnClaim,
  mostAsks,
  type AskState,
} from '../ask.ts';
import { fact } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { refuse } from '../refusals.ts';
import { requireHeldRun, requireOngoing, requireService, type Decisions } from './deciding.ts';

/** A run's agent asks for more, while it works; what it gets is given back with the run. */
export const askDecisions: Decisions<
  'AskForResource' | 'ChooseOffer' | 'RecordLockOffer' | 'RecordAskRefused' | 'RecordAskExchanged'
> = {
  AskForResource: ({ claimId, resource, mode, reason, ...held }, mission) => {
    requireOngoing(mission);
    const run = requireHeldRun(mission, held);
    requireMayAsk(mission, run, resource);
    if (!claimId.startsWith(askClaim(run.id, '')))
      refuse('ASK_REFUSED', `${claimId} is no claim of ${run.id}.`);
    const asks = run.asks ?? [];
    if (asks.some((one) => one.claimId === claimId) || isInOwnClaim(run, resource)) return [];
    if (coveringAsk(run, { resource, mode })) return [];
    // Of one owner: in a ledger the weaker claim would be in the way of the stronger, and nobody else could end it.
    const replaced = asks.filter((one) => !one.refused && covers({ resource, mode }, one));
    if (asks.length - replaced.length >= mostAsks)
      refuse('ASK_REFUSED', `A run asks for ${String(mostAsks)} things at most.`);
    // Of one owner with what the run holds, whoever that is in the ledger: its own claims are never in its way.
    const featureId = run.lock?.featureId;
    const owner = { runId: run.id, ...(featureId !== undefined && { featureId }) };
    return [
      ...replaced.map((one) => fact('LockReleased', { claimId: one.claimId, runId: run.id })),
      fact('LockRequested', { claimId, ...owner, resources: [resource], ask: { mode, reason } }),
    ];
  },
  ChooseOffer: ({ claimId, proposalId, ...held }, mission) => {
    requireOngoing(mission);
    const run = requireHeldRun(mission, held);
    const ask = run.asks?.find((one) => one.claimId === claimId);
    const offer = ask?.offers?.find((one) => one.proposalId === proposalId);
    if (!ask || !offer) return refuse('UNKNOWN_OFFER', '', { proposalId });
    if (ask.chosen === proposalId || ask.granted) return [];
    const { negotiationId } = offer;
    return [fact('LockOfferChosen', { claimId, runId: run.id, negotiationId, proposalId })];
  },
  RecordLockOffer: (offer, mission, context) => {
    requireService(context);
    const run = runAsking(mission, offer.claimId);
    return run ? [fact('LockOffered', { ...offer, runId: run.id })] : [];
  },
  RecordAskRefused: (refused, mission, context) => {
    requireService(context);
    const run = runAsking(mission, refused.claimId);
    return run ? [fact('LockAskRefused', { ...refused, runId: run.id })] : [];
  },
  RecordAskExchanged: ({ claimId, detail }, mission, context) => {
    requireService(context);
    const run = runWithAsk(mission, (ask) => ask.claimId === claimId && ask.granted);
    if (!run) return [];
    return [
      fact('LockAskRefused', { claimId, runId: run.id, code: exchangedCode, detail }),
      fact('LockReleased', { claimId, runId: run.id }),
    ];
  },
};

/** The open run that waits for what it asked for under this claim. */
export function runAsking(mission: Mission, claimId: string): RunState | undefined {
  return runWithAsk(mission, (ask) => ask.claimId === claimId && !ask.granted && !ask.refused);
}

function runWithAsk({ runs }: Mission, isIt: (ask: AskState) => boolean): RunState | undefined {
  return Object.values(runs).find(({ asks, endedAt }) => endedAt === undefined && asks?.some(isIt) === true);
}

function requireMayAsk(mission: Mission, { id, task }: RunState, resource: string): void {
  if (task !== 'build' && task !== 'validate') refuse('ASK_REFUSED', `${id} is a ${task} run.`);
  const fault = faultOfAsk(mission, resource);
  if (fault !== undefined) refuse('ASK_REFUSED', fault, { resource });
}
