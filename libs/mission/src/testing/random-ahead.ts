import type { MissionCommand } from '../commands/index.ts';
import type { AheadClaim } from '../mission.state.ts';
import { command } from './mission.builders.ts';
import type { RandomChoice } from './random-choice.ts';

/** How a claim that was made ahead may stand. */
export function randomAhead({ claimId }: AheadClaim, random: RandomChoice): MissionCommand {
  if (random.chance(0.6))
    return command('RecordLockGrant', { claimId, ledger: 'resources-local', version: 3 });
  return random.chance(0.5) ? command('YieldAhead', { claimId }) : command('RecordLockLoss', { claimId });
}

/** What a run's claim may be told while it waits. */
export function lockWait(claimId: string, random: RandomChoice): MissionCommand {
  if (random.chance(0.5))
    return command('BlockMission', { cause: 'lock_wait', detail: 'Never free.', needs: 'Skip it.' });
  if (random.chance(0.3)) return command('StepBack', { claimId, letsThrough: 'm-other1' });
  return command('RecordLockWait', { claimId, resource: 'env:/staging', holder: 'm-other1' });
}
