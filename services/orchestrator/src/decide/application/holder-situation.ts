import type { Ask, HolderSituation, LedgerView, Want } from '@missions/leasing';
import { sameOwner } from '@missions/leasing';
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

type HeldView = LedgerView['held'][number];
type WaitingView = LedgerView['queue'][number];

/** The open run of a mission that holds or asks for a claim. */
export function runOfClaim(mission: Mission, claimId: string): RunState | undefined {
  return Object.values(mission.runs).find(
    ({ lock, asks = [], endedAt }) =>
      endedAt === undefined && [lock, ...asks].some((one) => one?.claimId === claimId),
  );
}

/** What the negotiator of a run that holds something goes by: the mission's plan, what its holder says, and the ledger. */
export function situationOf(
  { mission, run }: { readonly mission: Mission; readonly run: RunState },
  held: HeldView,
  known: {
    readonly ledger: Pick<LedgerView, 'queue' | 'commitments'>;
    readonly outlook: RunOutlook | undefined;
    readonly at: string;
  },
): HolderSituation {
  const { ledger, outlook, at } = known;
  const promised = ledger.commitments.find(({ claimId }) => claimId === held.claimId);
  const feature = featureOf(mission, run);
  const nextCheckpointInMs = run.status === 'running' ? outlook?.nextCheckpointInMs : 0;
  const remainingMs = remainingMsOf(mission, run, at);
  const touched = touchedResources(mission, outlook?.touched ?? []);
  const planned = needed(mission, run, feature);
  return {
    resources: held.resources,
    touched,
    // Nothing planned and nothing touched yet, as far as is known here: it may come to need all of it.
    needed: planned.length + touched.length > 0 ? planned : held.resources,
    waitsFor: ledger.queue
      .filter(({ owner }) => sameOwner(owner, held.owner))
      .flatMap(({ resources }) => resources),
    stance: mission.stance,
    gaveWay: feature?.handOvers ?? 0,
    priority: mission.priority,
    ownMs: workedMs(mission, at) + (remainingMs ?? 0),
    ...(promised && { promisedInMs: Math.max(0, Date.parse(promised.until) - Date.parse(at)) }),
    ...(nextCheckpointInMs !== undefined && { nextCheckpointInMs }),
    ...(remainingMs !== undefined && { remainingMs }),
  };
}

/** What a waiting claim asks of a holder. */
export function askOf(mission: Mission, waiting: WaitingView, held: LedgerView['held']): Ask {
  const run = runOfClaim(mission, waiting.claimId);
  const expectedMs = run && expectedMsOf(mission, run);
  return {
    owner: waiting.owner,
    resources: waiting.resources,
    priority: mission.priority,
    canShare: waiting.resources.every(({ mode }) => mode === 'S'),
    holds: held.filter(({ owner }) => sameOwner(owner, waiting.owner)),
    ...(expectedMs !== undefined && { expectedMs }),
  };
}

/** Whether it may ask others to give way: not for what its own feature gave away itself, which would only go to and fro. */
export function mayAsk(mission: Mission, run: RunState): boolean {
  return (featureOf(mission, run)?.handOvers ?? 0) === 0;
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

/** What a run of this kind took in this mission, by the median; else what the plan says of a feature. */
function expectedMsOf(mission: Mission, { task, role }: RunState): number | undefined {
  const took = Object.values(mission.runs)
    .filter((run) => run.task === task && run.role === role && run.status === 'handed_off')
    .map((run) => heldMs(run))
    .toSorted((a, b) => a - b);
  const median = took[Math.floor(took.length / 2)];
  if (median !== undefined) return Math.round(median);
  const minutes = mission.proposal?.estimate?.minutes;
  if (task !== 'build' || minutes === undefined) return undefined;
  return Math.round((minutes * 60_000) / Math.max(1, Object.keys(mission.features).length));
}
