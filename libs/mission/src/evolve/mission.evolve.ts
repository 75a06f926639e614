import type { MissionEventData, MissionEventOf, MissionEventType } from '../events/index.ts';
import type { FeatureState, MilestoneState, Mission } from '../mission.state.ts';
import { fixesLeft } from '../queries.ts';
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
    integration: data.integration ?? 'isolated',
    stance: data.stance ?? 'neutral',
    priority: data.priority ?? 0,
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
  MissionResumed: (mission) => ({ ...mission, status: mission.block ? 'blocked' : mission.resumesTo }),
  // Only a person ends a pause: what blocks the mission meanwhile is remembered, and shows when it is resumed.
  MissionBlocked: (mission, data) => ({
    ...mission,
    status: mission.status === 'paused' ? 'paused' : 'blocked',
    resumesTo: resumable(mission),
    block: blockOf(data),
  }),
  MissionUnblocked: (mission, { cause }) => ({
    ...without(mission, 'block'),
    status: mission.status === 'blocked' ? mission.resumesTo : mission.status,
    // Waiting in a queue used up nothing that would have to be forgiven.
    ...(mission.block?.claimId === undefined && {
      proposalsForgiven: mission.proposals,
      runsForgiven: Object.keys(mission.runs).length,
    }),
    ...(cause === 'fix_limit' && oneMoreFix(mission)),
  }),
  MissionCompleted: (mission) => ({ ...without(mission, 'block'), status: 'completed' }),
  MissionFailed: (mission) => ({ ...without(mission, 'block'), status: 'failed' }),
  MissionCancelled: (mission) => ({ ...without(mission, 'block'), status: 'cancelled' }),
};

/** One more round for every milestone that is not done, and one more fix for every feature whose fixes are used up. */
function oneMoreFix(mission: Mission): Pick<Mission, 'milestones' | 'features'> {
  const milestones = Object.entries(mission.milestones).map(([id, state]): [string, MilestoneState] => [
    id,
    state.status === 'passed' ? state : { ...state, fixRoundsGranted: state.fixRoundsGranted + 1 },
  ]);
  const features = Object.entries(mission.features).map(([id, state]): [string, FeatureState] => {
    const left = fixesLeft(mission, state);
    return [id, left > 0 ? state : { ...state, fixesForgiven: (state.fixesForgiven ?? 0) + 1 - left }];
  });
  return { milestones: Object.fromEntries(milestones), features: Object.fromEntries(features) };
}

function blockOf({
  toFinish,
  claimId,
  ...block
}: MissionEventData<'MissionBlocked'>): NonNullable<Mission['block']> {
  return { ...block, ...(toFinish && { toFinish }), ...(claimId !== undefined && { claimId }) };
}

function resumable(mission: Mission): Mission['status'] {
  return mission.status === 'blocked' || mission.status === 'paused' ? mission.resumesTo : mission.status;
}
