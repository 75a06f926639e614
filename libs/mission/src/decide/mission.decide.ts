import type { RaisableLimits } from '../brief.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { openApprovals, openRun } from '../queries.ts';
import { refuse } from '../refusals.ts';
import {
  endIdleRun,
  releasedLock,
  requireOngoing,
  requirePerson,
  requireService,
  type Decisions,
} from './deciding.ts';

export const missionDecisions: Decisions<
  'CreateMission' | 'PauseMission' | 'ResumeMission' | 'CancelMission' | 'RaiseBudget' | 'BlockMission'
> = {
  CreateMission: (data, mission, context) => {
    const createdBy = requirePerson(context);
    if (mission.version > 0) refuse('MISSION_EXISTS', '', { missionId: data.missionId });
    const { brief, ...rest } = data;
    return [fact('MissionCreated', { ...rest, ...(brief && { brief }), createdBy, at: context.at })];
  },
  PauseMission: ({ reason }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    if (mission.status === 'paused') return [];
    if (mission.status === 'blocked') refuse('NOT_PAUSABLE', '', { status: mission.status });
    return [fact('MissionPaused', { by, ...(reason !== undefined && { reason }) }), ...idleLock(mission)];
  },
  ResumeMission: (_data, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    if (mission.status === 'paused') return [fact('MissionResumed', { by })];
    if (mission.status !== 'blocked' || !mission.block)
      return refuse('NOT_RESUMABLE', '', { status: mission.status });
    if (openApprovals(mission).length > 0) refuse('APPROVAL_PENDING');
    return [
      fact('MissionUnblocked', { by, cause: mission.block.cause }),
      ...reopenBlockedFeatures(mission, by),
      ...(isLockRefused(mission.block) ? idleLock(mission) : []),
    ];
  },
  CancelMission: ({ reason }, mission, context) => {
    const by = requirePerson(context);
    if (mission.status === 'cancelled') return [];
    requireOngoing(mission);
    return [
      fact('MissionCancelled', { by, ...(reason !== undefined && { reason }) }),
      ...endIdleRun(mission, 'cancelled', context.at),
    ];
  },
  RaiseBudget: (asked, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const raised = raisedLimits(asked, mission);
    if (Object.keys(raised).length === 0) return [];
    return [
      fact('BudgetRaised', { ...raised, by }),
      ...(mission.block?.cause === 'budget' ? [fact('MissionUnblocked', { by, cause: 'budget' })] : []),
    ];
  },
  BlockMission: (data, mission, context) => {
    requireService(context);
    requireOngoing(mission);
    return mission.block ? [] : [fact('MissionBlocked', data)];
  },
};

/** The limits that really change; one the mission does not have, or a lower one, is refused. */
function raisedLimits(asked: RaisableLimits, { budget }: Mission): RaisableLimits {
  const limits = Object.entries(asked) as [keyof RaisableLimits, number | undefined][];
  if (limits.length === 0) refuse('BUDGET_NOT_RAISED', 'No limit was named.');
  const raised = limits.filter(([limit, value]) => value !== undefined && value !== budget[limit]);
  const wrong = raised.find(([limit, value]) => (value ?? 0) < (budget[limit] ?? Infinity));
  if (wrong) refuse('BUDGET_NOT_RAISED', '', { limit: wrong[0], present: budget[wrong[0]], asked: wrong[1] });
  return Object.fromEntries(raised);
}

function reopenBlockedFeatures(mission: Mission, by: string): readonly MissionEvent[] {
  return Object.values(mission.features)
    .filter(({ status }) => status === 'blocked')
    .map(({ definition }) =>
      fact('FeatureReopened', {
        featureId: definition.id,
        reason: `${by} resumed the mission.`,
        attemptsReset: true,
      }),
    );
}

/** A claim that was refused is carried by nobody any more and is made anew; one that only waits keeps its place. */
function isLockRefused({ cause, claimId }: NonNullable<Mission['block']>): boolean {
  return (cause === 'lock_wait' && claimId === undefined) || cause === 'lock_cycle';
}

/** Nobody works on the run, so others may have what it shares with them; it asks again when the mission goes on. */
function idleLock(mission: Mission): readonly MissionEvent[] {
  const run = openRun(mission);
  return run && run.status !== 'running' ? releasedLock(run) : [];
}
