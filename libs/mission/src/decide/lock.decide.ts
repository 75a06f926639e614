import { fact, type MissionEvent } from '../events/index.ts';
import type { AheadClaim, Mission, RunState } from '../mission.state.ts';
import { givenBack } from '../next/ahead.ts';
import { isOver } from '../queries.ts';
import { requireOngoing, requireService, type Decisions } from './deciding.ts';

/** The mission's service is told by the ledgers of what missions share how its run's claim stands. */
export const lockDecisions: Decisions<
  'RecordLockGrant' | 'RecordLockWait' | 'RecordLockOverdue' | 'RecordLockLoss' | 'YieldAhead'
> = {
  RecordLockGrant: ({ claimId, ledger, version, changedBy }, mission, context) => {
    requireService(context);
    const granted = { claimId, ledger, version, ...(changedBy && { changedBy }) };
    const ahead = aheadBy(mission, claimId);
    if (ahead) return ahead.granted ? [] : [fact('LockGranted', { ...granted, featureId: ahead.featureId })];
    const run = runWaitingFor(mission, claimId);
    if (!run) return [];
    return [
      fact('LockGranted', { ...granted, runId: run.id }),
      // What a person was asked to look at has settled itself.
      ...(mission.block?.claimId === claimId
        ? [fact('MissionUnblocked', { by: context.actor.id, cause: mission.block.cause })]
        : []),
    ];
  },
  RecordLockWait: ({ claimId, resource, holder }, mission, context) => {
    requireService(context);
    const run = runWaitingFor(mission, claimId);
    return run ? waiting(mission, run, { resource, ...(holder !== undefined && { holder }) }) : [];
  },
  RecordLockOverdue: ({ claimId, detail, needs }, mission, context) => {
    requireService(context);
    requireOngoing(mission);
    if (mission.block || !runWaitingFor(mission, claimId)) return [];
    return [fact('MissionBlocked', { cause: 'lock_wait', detail, needs, claimId })];
  },
  RecordLockLoss: ({ claimId }, mission, context) => {
    requireService(context);
    const ahead = aheadBy(mission, claimId);
    if (ahead) return [fact('LockLost', { claimId, featureId: ahead.featureId })];
    const run = Object.values(mission.runs).find(
      ({ lock, endedAt }) => lock?.claimId === claimId && lock.granted && endedAt === undefined,
    );
    if (!run || isOver(mission)) return [];
    return [
      fact('LockLost', { claimId, runId: run.id }),
      ...(run.status === 'running' && (!run.stopOrdered || run.stopOrdered === 'hand_over')
        ? [fact('RunStopOrdered', { runId: run.id, cause: 'lock_lost', at: context.at })]
        : []),
    ];
  },
  YieldAhead: ({ claimId }, mission, context) => {
    requireService(context);
    const ahead = aheadBy(mission, claimId);
    return ahead ? [givenBack(ahead)] : [];
  },
};

interface WaitingFor {
  readonly resource: string;
  readonly holder?: string;
}

/** Said again only when somebody else, or something else, is in the way. */
function waiting(mission: Mission, run: RunState, now: WaitingFor): readonly MissionEvent[] {
  const featureId = run.subject.feature;
  const feature = featureId === undefined ? undefined : mission.features[featureId];
  const known = feature ? feature.waitingFor : run.lock?.waitingFor;
  if (known?.resource === now.resource && known.holder === now.holder) return [];
  if (feature) return [fact('FeatureWaiting', { featureId: feature.definition.id, ...now })];
  return [fact('RunWaiting', { runId: run.id, ...now })];
}

function aheadBy({ ahead }: Mission, claimId: string): AheadClaim | undefined {
  return ahead?.claimId === claimId ? ahead : undefined;
}

function runWaitingFor(mission: Mission, claimId: string): RunState | undefined {
  return Object.values(mission.runs).find(
    ({ lock, endedAt }) => lock?.claimId === claimId && !lock.granted && endedAt === undefined,
  );
}
