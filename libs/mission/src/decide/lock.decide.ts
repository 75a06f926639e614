import { fact, type MissionEvent, type MissionEventData } from '../events/index.ts';
import type { Change } from '../integration.ts';
import type { AheadClaim, Mission, RunState } from '../mission.state.ts';
import { givenBack } from '../next/ahead.ts';
import { isOver, knownWait, waitsSince } from '../queries.ts';
import { isSameWait, waitingFor, type WaitingFor } from '../waiting.ts';
import { runAsking } from './ask.decide.ts';
import { requireOngoing, requireService, type Decisions } from './deciding.ts';

/** The mission's service is told by the ledgers of what missions share how its run's claim stands. */
export const lockDecisions: Decisions<
  'RecordLockGrant' | 'RecordLockWait' | 'RecordLockOverdue' | 'RecordLockLoss' | 'YieldAhead' | 'StepBack'
> = {
  RecordLockGrant: ({ claimId, ledger, version, changedBy }, mission, context) => {
    requireService(context);
    const granted = { claimId, ledger, version, ...(changedBy && { changedBy }) };
    const ahead = aheadBy(mission, claimId);
    if (ahead) return ahead.granted ? [] : [fact('LockGranted', { ...granted, featureId: ahead.featureId })];
    const asking = runAsking(mission, claimId);
    if (asking) return grantedAsk(mission, asking, granted);
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
  RecordLockWait: ({ claimId, ...said }, mission, context) => {
    requireService(context);
    const now = waitingFor({ ...said, sinceAt: context.at });
    const asking = runAsking(mission, claimId);
    if (asking) return waitingAsk(asking, claimId, now);
    const run = runWaitingFor(mission, claimId);
    return run ? waiting(mission, run, now) : [];
  },
  RecordLockOverdue: ({ claimId, detail, needs }, mission, context) => {
    requireService(context);
    requireOngoing(mission);
    if (mission.block || !runWaitingFor(mission, claimId)) return [];
    return [fact('MissionBlocked', { cause: 'lock_wait', detail, needs, claimId })];
  },
  RecordLockLoss: (lost, mission, context) => {
    requireService(context);
    const { claimId } = lost;
    const ahead = aheadBy(mission, claimId);
    if (ahead) return [fact('LockLost', { ...lost, featureId: ahead.featureId })];
    const run = Object.values(mission.runs).find(
      ({ lock, asks = [], endedAt }) =>
        endedAt === undefined && [lock, ...asks].some((one) => one?.claimId === claimId && one.granted),
    );
    if (!run || isOver(mission)) return [];
    return [
      fact('LockLost', { ...lost, runId: run.id }),
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
  StepBack: (lock, mission, context) => {
    requireService(context);
    const ahead = aheadBy(mission, lock.claimId);
    if (ahead) return ahead.granted ? [] : [fact('LockReleased', { ...lock, featureId: ahead.featureId })];
    const run = runWaitingFor(mission, lock.claimId);
    // What a person was asked to look at stays as it is.
    return run && !mission.block ? [fact('LockReleased', { ...lock, runId: run.id })] : [];
  },
};

/** Said again only when somebody else, or something else, is in the way, or the queue moved on; since when, stays. */
function waiting(mission: Mission, run: RunState, now: WaitingFor): readonly MissionEvent[] {
  if (isSameWait(knownWait(mission, run), now)) return [];
  const sinceAt = waitsSince(mission, run);
  const said = { ...now, ...(sinceAt !== undefined && { sinceAt }) };
  const feature = mission.features[run.subject.feature ?? ''];
  if (feature) return [fact('FeatureWaiting', { featureId: feature.definition.id, ...said })];
  return [fact('RunWaiting', { runId: run.id, ...said })];
}

/**
 * What another mission changed since the run began, and no run before merged, is not in its workspace, so that it cannot be
 * changed there without losing that: it is given back, and the next run of the feature, which starts from it, may have it.
 */
function grantedAsk(
  mission: Mission,
  run: RunState,
  granted: MissionEventData<'LockGranted'>,
): readonly MissionEvent[] {
  const { claimId, changedBy = [] } = granted;
  const known = new Set([...(run.lock?.changedBy ?? []), ...integratedInto(mission)].map(({ sha }) => sha));
  const unseen = changedBy.filter(({ sha }) => !known.has(sha));
  if (unseen.length === 0) return [fact('LockGranted', { ...granted, runId: run.id })];
  const detail = `${unseen.map(({ missionId }) => missionId).join(', ')} changed it since this run began. Hand off as \`partial\`: the next run of this feature holds it too, and starts from there.`;
  return [
    fact('LockAskRefused', { claimId, runId: run.id, code: 'CHANGED_MEANWHILE', detail }),
    fact('LockReleased', { claimId, runId: run.id }),
  ];
}

/** What others changed that lies under the head: each accepted handoff is built on the one before, and none that was rolled back. */
function integratedInto({ handoffs, head }: Mission): readonly Change[] {
  const changes: Change[] = [];
  let at = head?.sha;
  for (const { claim, captured } of handoffs.toReversed()) {
    if (claim.outcome !== 'success' || captured.headSha !== at) continue;
    changes.push(...(captured.integrated?.changes ?? []));
    at = captured.baseSha;
  }
  return changes;
}

function waitingAsk(run: RunState, claimId: string, now: WaitingFor): readonly MissionEvent[] {
  const known = run.asks?.find((ask) => ask.claimId === claimId)?.waitingFor;
  if (isSameWait(known, now)) return [];
  const said = { ...now, ...(known?.sinceAt !== undefined && { sinceAt: known.sinceAt }) };
  return [fact('RunWaiting', { runId: run.id, claimId, ...said })];
}

function aheadBy({ ahead }: Mission, claimId: string): AheadClaim | undefined {
  return ahead?.claimId === claimId ? ahead : undefined;
}

function runWaitingFor(mission: Mission, claimId: string): RunState | undefined {
  return Object.values(mission.runs).find(
    ({ lock, endedAt }) => lock?.claimId === claimId && !lock.granted && endedAt === undefined,
  );
}
