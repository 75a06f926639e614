import { fact } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { isOver } from '../queries.ts';
import { releasedLock, requireService, type Decisions } from './deciding.ts';

/** What other missions and this one agree on is said in the log of each, and what its run promised is asked of the run. */
export const lockNegotiationDecisions: Decisions<
  | 'RecordNegotiationOpened'
  | 'RecordNegotiationSettled'
  | 'RecordNegotiationFailed'
  | 'RecordLockNarrowed'
  | 'OrderHandOver'
> = {
  RecordNegotiationOpened: (talk, mission, context) => {
    requireService(context);
    return isOver(mission) ? [] : [fact('LockNegotiationOpened', talk)];
  },
  RecordNegotiationSettled: (talk, mission, context) => {
    requireService(context);
    return isOver(mission) ? [] : [fact('LockNegotiationSettled', talk)];
  },
  RecordNegotiationFailed: (talk, mission, context) => {
    requireService(context);
    return isOver(mission) ? [] : [fact('LockNegotiationFailed', talk)];
  },
  RecordLockNarrowed: (narrowed, mission, context) => {
    requireService(context);
    const run = runHolding(mission, narrowed.claimId);
    return run ? [fact('LockNarrowed', { ...narrowed, runId: run.id })] : [];
  },
  OrderHandOver: ({ claimId }, mission, context) => {
    requireService(context);
    const run = runHolding(mission, claimId);
    if (!run || run.stopOrdered) return [];
    const ordered = fact('RunStopOrdered', { runId: run.id, cause: 'hand_over', at: context.at });
    // While nobody is at work on it, it can give back what it holds at once, and asks for it again.
    return run.status === 'running' ? [ordered] : [ordered, ...releasedLock(run)];
  },
};

function runHolding(mission: Mission, claimId: string): RunState | undefined {
  if (isOver(mission)) return undefined;
  return Object.values(mission.runs).find(
    ({ lock, asks = [], endedAt }) =>
      endedAt === undefined && [lock, ...asks].some((one) => one?.claimId === claimId && one.granted),
  );
}
