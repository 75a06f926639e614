import type { MissionEventOf, MissionEventType } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { without } from './fields.ts';

/** What one family of facts changes; every handler is total. */
export type Evolvers<Types extends MissionEventType> = {
  readonly [Type in Types]: (mission: Mission, data: MissionEventOf<Type>['data']) => Mission;
};

export const missionEvolvers: Evolvers<
  | 'MissionCreated'
  | 'MissionPaused'
  | 'MissionResumed'
  | 'MissionBlocked'
  | 'MissionUnblocked'
  | 'MissionCompleted'
  | 'MissionFailed'
  | 'MissionCancelled'
> = {
  MissionCreated: (mission, data) => ({
    ...mission,
    id: data.missionId,
    goal: data.goal,
    status: 'scoping',
    resumesTo: 'scoping',
    repository: data.repository,
    autonomy: data.autonomy,
    budget: { ...data.budget, settledUsd: 0, warned: [] },
    limits: data.limits,
    ...(data.brief && { suppliedBrief: data.brief }),
    acceptDefaults: data.acceptDefaults,
    createdBy: data.createdBy,
    createdAt: data.at,
    head: { sha: data.repository.baseSha, token: 0 },
  }),
  MissionPaused: (mission) => ({
    ...mission,
    status: 'paused',
    resumesTo: mission.status === 'paused' ? mission.resumesTo : mission.status,
  }),
  MissionResumed: (mission) => ({ ...mission, status: mission.resumesTo }),
  MissionBlocked: (mission, data) => ({
    ...mission,
    status: 'blocked',
    resumesTo: resumable(mission),
    block: data,
  }),
  MissionUnblocked: (mission, { cause }) => ({
    ...without(mission, 'block'),
    status: mission.status === 'blocked' ? mission.resumesTo : mission.status,
    proposalsForgiven: mission.proposals,
    runsForgiven: Object.keys(mission.runs).length,
    milestones: cause === 'fix_limit' ? oneMoreFixRound(mission.milestones) : mission.milestones,
  }),
  MissionCompleted: (mission) => ({ ...mission, status: 'completed' }),
  MissionFailed: (mission) => ({ ...mission, status: 'failed' }),
  MissionCancelled: (mission) => ({ ...without(mission, 'block'), status: 'cancelled' }),
};

function oneMoreFixRound(milestones: Mission['milestones']): Mission['milestones'] {
  return Object.fromEntries(
    Object.entries(milestones).map(([id, state]) => [
      id,
      state.status === 'passed' ? state : { ...state, fixRoundsGranted: state.fixRoundsGranted + 1 },
    ]),
  );
}

function resumable(mission: Mission): Mission['status'] {
  return mission.status === 'blocked' || mission.status === 'paused' ? mission.resumesTo : mission.status;
}
