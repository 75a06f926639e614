import type { MissionEventData } from '../events/index.ts';
import type { FeatureState, Mission } from '../mission.state.ts';
import { waitingFor, type WaitingFor } from '../waiting.ts';
import { changed, without } from './fields.ts';
import type { Evolvers } from './mission.evolve.ts';
import { newFeature } from './planning.evolve.ts';

export const workEvolvers: Evolvers<
  | 'HandoffSubmitted'
  | 'HandoffAccepted'
  | 'FeatureAdded'
  | 'FeatureWaiting'
  | 'FeatureAccepted'
  | 'FeatureReopened'
  | 'FeatureBlocked'
  | 'FeatureSkipped'
  | 'FeatureCancelled'
  | 'MilestoneStarted'
  | 'MilestoneRolledBack'
> = {
  HandoffSubmitted: (mission, { handoff }) => ({
    ...mission,
    handoffs: [...mission.handoffs, handoff],
    features: changed(mission.features, handoff.featureId, (feature) => ({
      ...feature,
      filesChanged: [...new Set([...feature.filesChanged, ...handoff.captured.filesChanged])],
    })),
  }),
  HandoffAccepted: (mission, { featureId, headSha, token }) => ({
    ...mission,
    head: { sha: headSha, token },
    features: changed(mission.features, featureId, (feature) => ({ ...feature, headSha })),
  }),
  FeatureAdded: (mission, { feature }) => added(mission, feature),
  FeatureWaiting: (mission, { featureId, ...said }) =>
    feature(itsRunWaits(mission, featureId, waitingFor(said)), featureId, (state) => ({
      ...state,
      status: 'waiting',
      waitingFor: waitingFor(said),
    })),
  FeatureAccepted: (mission, { featureId }) =>
    feature(mission, featureId, (state) => ({ ...without(state, 'checkpoint'), status: 'accepted' })),
  FeatureReopened: (mission, { featureId, reason, attemptsReset }) =>
    building(
      feature(mission, featureId, (state) => ({
        ...state,
        status: 'reopened',
        reason,
        attemptsForgiven: attemptsReset === true ? state.attempts : state.attemptsForgiven,
      })),
      mission.features[featureId]?.definition.milestoneId,
    ),
  FeatureBlocked: (mission, { featureId, reason }) =>
    feature(mission, featureId, (state) => ({ ...state, status: 'blocked', reason })),
  FeatureSkipped: (mission, { featureId, reason }) =>
    feature(mission, featureId, (state) => ({ ...state, status: 'skipped', reason })),
  FeatureCancelled: (mission, { featureId, reason }) =>
    feature(mission, featureId, (state) => ({ ...state, status: 'cancelled', reason })),
  MilestoneStarted: (mission, { milestoneId }) => ({
    ...mission,
    milestones: changed(mission.milestones, milestoneId, (state) => ({
      ...state,
      status: 'building',
      ...(mission.head && { startSha: mission.head.sha }),
    })),
  }),
  MilestoneRolledBack: (mission, data) => rolledBack(mission, data),
};

function itsRunWaits(mission: Mission, featureId: string, now: WaitingFor): Mission {
  const runs = changed(mission.runs, mission.openRun ?? '', (state) =>
    state.lock && state.subject.feature === featureId
      ? { ...state, lock: { ...state.lock, waitingFor: now } }
      : state,
  );
  return { ...mission, runs };
}

function feature(
  mission: Mission,
  featureId: string,
  change: (state: FeatureState) => FeatureState,
): Mission {
  return { ...mission, features: changed(mission.features, featureId, change) };
}

function added(mission: Mission, definition: MissionEventData<'FeatureAdded'>['feature']): Mission {
  const rootId = definition.kind === 'fix' ? definition.rootFeatureId : undefined;
  const features = { ...mission.features, [definition.id]: newFeature(definition) };
  const charged =
    rootId === undefined
      ? features
      : changed(features, rootId, (root) => ({ ...root, fixesCharged: root.fixesCharged + 1 }));
  return building({ ...mission, features: charged }, definition.milestoneId);
}

/** A milestone that has begun goes back to building when there is work in it again; one that has not begun waits its turn. */
function building(mission: Mission, milestoneId: string | undefined): Mission {
  if (milestoneId === undefined) return mission;
  return {
    ...mission,
    milestones: changed(mission.milestones, milestoneId, (state) =>
      state.status === 'pending' ? state : { ...state, status: 'building' },
    ),
  };
}

/**
 * The head returns to where the milestone began, and everything built since is built again from there, also what a person had
 * asked for in an earlier milestone meanwhile; fixes are gone. The fact's version is the fence of the refs that go back with it.
 */
function rolledBack(
  mission: Mission,
  { milestoneId, toSha, reason }: MissionEventData<'MilestoneRolledBack'>,
): Mission {
  const undone = builtSince(mission, toSha);
  const features = Object.entries(mission.features).map(([id, state]): [string, FeatureState] => {
    const { definition, status } = state;
    const lost = definition.milestoneId === milestoneId || (status === 'accepted' && undone.has(id));
    return [id, lost && status !== 'skipped' ? toBeBuiltAgain(state, reason) : state];
  });
  const rolled = {
    ...mission,
    head: { sha: toSha, token: mission.version },
    features: Object.fromEntries(features),
  };
  const homes = [...undone].map((id) => mission.features[id]?.definition.milestoneId);
  return [milestoneId, ...homes].reduce(building, rolled);
}

/** Features whose accepted work lies on top of a commit that was the head once, or the base. */
function builtSince({ handoffs, features }: Mission, sha: string): ReadonlySet<string> {
  const last = handoffs.findLastIndex(
    ({ claim, captured }) => claim.outcome === 'success' && captured.headSha === sha,
  );
  return new Set(
    handoffs
      .slice(last + 1)
      .filter(({ claim, featureId }) => claim.outcome === 'success' && features[featureId])
      .map(({ featureId }) => featureId),
  );
}

function toBeBuiltAgain(state: FeatureState, reason: string): FeatureState {
  return {
    ...without(state, 'checkpoint', 'headSha'),
    status: state.definition.kind === 'fix' ? 'cancelled' : 'reopened',
    reason,
    attemptsForgiven: state.attempts,
    filesChanged: [],
  };
}
