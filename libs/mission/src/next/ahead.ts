import { fact, type MissionEvent } from '../events/index.ts';
import { claimedResources, faultOfTouches } from '../claimed-resources.ts';
import type { AheadClaim, FeatureState, Mission, RunState } from '../mission.state.ts';
import { openRun, readyFeature } from '../queries.ts';

type Wanted = Pick<AheadClaim, 'featureId' | 'resources'>;

/**
 * Asks for what the next feature shares while the present one is built, and gives it back as soon as that is not what comes
 * next. Looked at when nothing else follows, so that a run that is delegated takes the claim over before it is given back.
 */
export function adjustAhead(mission: Mission): readonly MissionEvent[] {
  const { ahead } = mission;
  const wanted = wantedAhead(mission);
  if (ahead && wanted && isFor(ahead, wanted)) return [];
  if (ahead) return [givenBack(ahead)];
  if (!wanted) return [];
  const claimId = `${mission.id}-${wanted.featureId}/ahead-${String(mission.version)}`;
  const { featureId, resources } = wanted;
  return [fact('LockRequested', { claimId, featureId, resources: [...resources] })];
}

export function givenBack({ claimId, featureId }: AheadClaim): MissionEvent {
  return fact('LockReleased', { claimId, featureId });
}

/** The claim made ahead for just this, if there is one: the feature's run goes on with it, granted or in its place. */
export function madeAhead({ ahead }: Mission, wanted: Wanted): AheadClaim | undefined {
  return ahead && isFor(ahead, wanted) ? ahead : undefined;
}

function wantedAhead(mission: Mission): Wanted | undefined {
  const run = openRun(mission);
  if (mission.status !== 'running' || run?.task !== 'build' || !isUndisturbed(mission, run)) return undefined;
  const next = featureAfter(mission, run);
  if (!next || faultOfTouches(mission, next.definition) !== undefined) return undefined;
  const resources = claimedResources(mission, next.definition);
  // Behind its own mission's run it could not be granted, and would only keep others waiting in the queue.
  const isFree = resources.every((one) => !ownResources(mission, run).some((own) => overlaps(one, own)));
  return resources.length > 0 && isFree ? { featureId: next.definition.id, resources } : undefined;
}

/** It has begun, and has what it needs itself: nobody waits for something of its own behind what is wanted next. */
function isUndisturbed(mission: Mission, run: RunState): boolean {
  if (run.claims === 0 || run.stopOrdered) return false;
  if (run.asks?.some(({ granted, refused }) => !granted && !refused)) return false;
  return run.lock ? run.lock.granted : ownResources(mission, run).length === 0;
}

/** As the mission would choose if the present one were accepted now. */
function featureAfter(mission: Mission, { subject }: RunState): FeatureState | undefined {
  const { feature = '', milestone } = subject;
  return milestone === undefined ? undefined : readyFeature(mission, milestone, feature);
}

function ownResources(mission: Mission, { lock, asks = [], subject }: RunState): readonly string[] {
  const feature = mission.features[subject.feature ?? ''];
  return [
    ...(lock?.resources ?? []),
    ...asks.filter(({ granted }) => granted).map(({ resource }) => resource),
    ...(feature ? claimedResources(mission, feature.definition) : []),
  ];
}

/** One is the other or lies in it; repositories, branches and paths are levels of one tree. */
function overlaps(one: string, other: string): boolean {
  const [a, b] = [levels(one), levels(other)];
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function levels(resource: string): string {
  return resource.replace(/^(repo|branch|path):/, 'path:');
}

function isFor(ahead: AheadClaim, { featureId, resources }: Wanted): boolean {
  return ahead.featureId === featureId && JSON.stringify(ahead.resources) === JSON.stringify(resources);
}
