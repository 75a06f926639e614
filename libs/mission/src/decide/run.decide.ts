import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { entry } from '../by-id.ts';
import { budgetLeftUsd, claimableRun, isOver } from '../queries.ts';
import { refuse } from '../refusals.ts';
import { afterFailure } from './failure.ts';
import {
  releasedLock,
  requireHeldRun,
  requireOngoing,
  requireService,
  worstUsage,
  type Decisions,
} from './deciding.ts';

export const runDecisions: Decisions<
  | 'ClaimRun'
  | 'RequestSlice'
  | 'SuspendRun'
  | 'DeliverMessages'
  | 'PublishBroadcast'
  | 'ReleaseRun'
  | 'RecordLockGrant'
  | 'RecordLockWait'
> = {
  ClaimRun: ({ runId, holder, model, promptHash }, mission, context) => {
    requireOngoing(mission);
    const run = mission.runs[runId];
    if (!run) return refuse('UNKNOWN_RUN', '', { runId });
    if (claimableRun(mission)?.id !== runId)
      refuse('RUN_NOT_CLAIMABLE', '', { runId, status: run.status, mission: mission.status });
    return [
      fact('RunClaimed', {
        runId,
        holder,
        at: context.at,
        ...(model !== undefined && { model }),
        ...(promptHash !== undefined && { promptHash }),
      }),
      ...(run.sliceUsd > 0 ? [] : grantSlice(mission, runId, mission.budget.sliceUsd)),
    ];
  },
  RequestSlice: ({ usd, ...held }, mission) => {
    requireOngoing(mission);
    requireHeldRun(mission, held);
    return grantSlice(mission, held.runId, usd);
  },
  SuspendRun: ({ checkpoint, ...held }, mission, context) => {
    const run = requireHeldRun(mission, held);
    if (isOver(mission)) refuse('MISSION_OVER', '', { status: mission.status });
    return [
      fact('RunSuspended', {
        runId: run.id,
        at: context.at,
        ...(checkpoint && { checkpoint }),
      }),
      ...(mission.status === 'paused' ? releasedLock(run) : []),
    ];
  },
  DeliverMessages: ({ messageIds, turn, ...held }, mission) => {
    requireHeldRun(mission, held);
    const unknown = messageIds.filter((id) => !entry(mission.messages, id));
    if (unknown.length > 0) refuse('UNKNOWN_MESSAGE', '', { unknown });
    return [...new Set(messageIds)]
      .filter((id) => {
        const message = entry(mission.messages, id);
        return message?.answeredBy === undefined && message?.deliveredTo !== held.runId;
      })
      .map((messageId) => fact('MessageDelivered', { messageId, runId: held.runId, turn }));
  },
  PublishBroadcast: ({ broadcast, ...held }, mission) => {
    requireOngoing(mission);
    requireHeldRun(mission, held);
    return [
      fact('BroadcastPublished', {
        version: mission.broadcasts.length + 1,
        by: held.runId,
        broadcast,
      }),
    ];
  },
  ReleaseRun: ({ reason, ...held }, mission, context) => {
    requireService(context);
    const run = requireHeldRun(mission, held);
    return releaseRun(run, mission, { reason, at: context.at });
  },
  RecordLockGrant: ({ claimId, ledger, version }, mission, context) => {
    requireService(context);
    const run = runWaitingFor(mission, claimId);
    return run ? [fact('LockGranted', { claimId, ledger, version, runId: run.id })] : [];
  },
  RecordLockWait: ({ claimId, resource, holder }, mission, context) => {
    requireService(context);
    const featureId = runWaitingFor(mission, claimId)?.subject.feature;
    const feature = featureId === undefined ? undefined : mission.features[featureId];
    if (!feature || feature.waitingFor?.resource === resource) return [];
    return [
      fact('FeatureWaiting', {
        featureId: feature.definition.id,
        resource,
        ...(holder !== undefined && { holder }),
      }),
    ];
  },
};

function runWaitingFor(mission: Mission, claimId: string): RunState | undefined {
  return Object.values(mission.runs).find(
    ({ lock, endedAt }) => lock?.claimId === claimId && !lock.granted && endedAt === undefined,
  );
}

/** Grants what was asked or what is left, whichever is less; nothing is granted from an empty budget. */
function grantSlice(mission: Mission, runId: string, usd: number): readonly MissionEvent[] {
  const left = budgetLeftUsd(mission);
  const { maxCostUsd, warnAt, warned } = mission.budget;
  if (left === undefined || left <= 0 || maxCostUsd === undefined) return [];
  const granted = Math.min(usd, left);
  const spentUsd = maxCostUsd - left + granted;
  return [
    fact('BudgetSliceGranted', { runId, usd: granted }),
    ...warnAt
      .filter((fraction) => spentUsd >= fraction * maxCostUsd && !warned.includes(fraction))
      .map((fraction) => fact('BudgetWarned', { fraction, spentUsd, maxCostUsd })),
  ];
}

function releaseRun(
  run: RunState,
  mission: Mission,
  { reason, at }: { readonly reason: 'expired' | 'shutdown'; readonly at: string },
): readonly MissionEvent[] {
  const released = fact('RunReleased', { runId: run.id, reason, at });
  if (isOver(mission))
    return [
      released,
      fact('RunEnded', { runId: run.id, state: 'cancelled', usage: worstUsage(run), at }),
      ...releasedLock(run),
    ];
  if (run.releases < mission.limits.releasesPerRun || reason === 'shutdown')
    return [released, ...(mission.status === 'paused' ? releasedLock(run) : [])];
  const detail = `Released ${String(run.releases + 1)} times without an end.`;
  return [
    released,
    fact('RunEnded', {
      runId: run.id,
      state: 'failed',
      cause: 'crash',
      detail,
      usage: worstUsage(run),
      at,
    }),
    ...releasedLock(run),
    ...afterFailure(run, mission, { cause: 'crash', detail }),
  ];
}
