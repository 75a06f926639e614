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
      // A claim that was refused is carried by nobody any more; it is made anew.
      ...(mission.block.cause === 'lock_wait' || mission.block.cause === 'lock_cycle'
        ? idleLock(mission)
        : []),
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
  RaiseBudget: ({ maxCostUsd }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const present = mission.budget.maxCostUsd;
    if (present === maxCostUsd) return [];
    if (present === undefined || maxCostUsd < present)
      refuse('BUDGET_NOT_RAISED', '', { present, asked: maxCostUsd });
    return [
      fact('BudgetRaised', { maxCostUsd, by }),
      ...(mission.block?.cause === 'budget' ? [fact('MissionUnblocked', { by, cause: 'budget' })] : []),
    ];
  },
  BlockMission: (data, mission, context) => {
    requireService(context);
    requireOngoing(mission);
    return mission.block ? [] : [fact('MissionBlocked', data)];
  },
};

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

/** Nobody works on the run, so others may have what it shares with them; it asks again when the mission goes on. */
function idleLock(mission: Mission): readonly MissionEvent[] {
  const run = openRun(mission);
  return run && run.status !== 'running' ? releasedLock(run) : [];
}
