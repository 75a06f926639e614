import { anyOverlap, type LedgerView, type OwnWork, type Want } from '@missions/leasing';
import {
  branchResource,
  claimedResources,
  heldMs,
  pathResource,
  workedMs,
  type FeatureState,
  type Mission,
  type RunState,
} from '@missions/mission';
import type { RunOutlook } from '@missions/runs';
import { expectedMsOf } from './claimed-work.ts';

type HeldView = LedgerView['held'][number];

/** The open run of a mission that holds or asks for a claim. */
export function runOfClaim(mission: Mission, claimId: string): RunState | undefined {
  return Object.values(mission.runs).find(
    ({ lock, asks = [], endedAt }) =>
      endedAt === undefined && [lock, ...asks].some((one) => one?.claimId === claimId),
  );
}

/**
 * What a run's agent asked for beside its work and has not used: it can do without that where it gets what it asks for now. What
 * the run's work is done under is never exchanged.
 */
export function exchangeable(
  { mission, run }: { readonly mission: Mission; readonly run: RunState },
  outlook: RunOutlook | undefined,
): readonly string[] {
  const touched = touchedResources(mission, outlook?.touched ?? []).map((resource) => ({
    resource,
    mode: 'X' as const,
  }));
  return (run.asks ?? [])
    .filter(({ granted, resource }) => granted && !anyOverlap(touched, [{ resource, mode: 'X' }]))
    .map(({ claimId }) => claimId);
}

/** What a run that holds something knows of its own work: by its mission's plan, and by what its holder says. */
export function ownWorkOf(
  { mission, run }: { readonly mission: Mission; readonly run: RunState },
  held: HeldView,
  { outlook, at }: { readonly outlook: RunOutlook | undefined; readonly at: string },
): OwnWork {
  const nextCheckpointInMs = run.status === 'running' ? outlook?.nextCheckpointInMs : 0;
  const remainingMs = remainingMsOf(mission, run, at);
  const touched = touchedResources(mission, outlook?.touched ?? []);
  const planned = needed(mission, run, featureOf(mission, run));
  return {
    touched,
    // Nothing planned and nothing touched yet, as far as is known here: it may come to need all of it.
    needed: planned.length + touched.length > 0 ? planned : held.resources,
    mayExchange: exchangeable({ mission, run }, outlook).includes(held.claimId),
    stance: mission.stance,
    priority: mission.priority,
    ownMs: workedMs(mission, at) + (remainingMs ?? 0),
    ...(nextCheckpointInMs !== undefined && { nextCheckpointInMs }),
    ...(remainingMs !== undefined && { remainingMs }),
  };
}

function featureOf(mission: Mission, { task, subject }: RunState): FeatureState | undefined {
  return task === 'build' ? mission.features[subject.feature ?? ''] : undefined;
}

/**
 * All that its feature is said to touch: what of it a run will not come back to, nobody can know before it ends. The whole
 * branch is claimed where nothing was said; then what it really touched is what it needs.
 */
function needed(
  mission: Mission,
  { lock, asks = [] }: RunState,
  feature: FeatureState | undefined,
): readonly Want[] {
  const { repository } = mission;
  const planned = feature ? claimedResources(mission, feature.definition) : (lock?.resources ?? []);
  const names = [...planned, ...asks.map(({ resource }) => resource)];
  const stated = names.filter((name) => !repository || name !== branchResource(repository));
  return stated.map((resource) => ({ resource, mode: 'X' }));
}

/** Files of a mission that shares none are its own, whatever it does to them. */
function touchedResources({ integration, repository }: Mission, paths: readonly string[]): readonly string[] {
  if (integration !== 'shared' || !repository) return [];
  return paths.map((path) => (path === '.' ? branchResource(repository) : pathResource(repository, path)));
}

function remainingMsOf(mission: Mission, run: RunState, at: string): number | undefined {
  const expected = expectedMsOf(mission, run);
  return expected === undefined ? undefined : Math.max(0, Math.round(expected - heldMs(run, at)));
}
