import type { Change, Checkpoint, Integrated, Mission } from '@missions/mission';
import { artifact, openMissionStore, type ClaimedRun } from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import type { ForeignWork, MergeConflict, MissionRepository } from '@missions/workspace';

/** Where a build begins: the mission's head, with what other missions changed of what it was granted. */
export interface StartingPoint {
  /** The last accepted commit of the mission itself. */
  readonly headSha: string;
  /** The commit that the run's own changes are made on. */
  readonly baseSha: string;
  /** What is laid out: the base, or the work so far on top of it. */
  readonly layOutSha: string;
  readonly integrated?: Integrated;
  readonly conflicts: readonly MergeConflict[];
  /** Whose work was merged, as their logs tell it. */
  readonly others: readonly Mission[];
}

interface Stores {
  readonly repository: MissionRepository;
  readonly repositories: Surroundings['repositories'];
}

/** The same for every holder of a run: all of it follows from the log. */
export async function startingPoint(
  claimed: ClaimedRun,
  stores: Stores,
  checkpoint: Checkpoint | undefined,
): Promise<StartingPoint> {
  const { run, workSignal } = claimed;
  const { repository } = stores;
  const headSha = run.fromSha ?? repository.baseSha;
  const { theirs, others } = await foreignWork(claimed, stores);
  const {
    sha: baseSha,
    merged,
    conflicts,
  } = await repository.integrate({ ours: headSha, theirs }, workSignal);
  const carried = await carriedOver(claimed, repository, { checkpoint, baseSha });
  return {
    headSha,
    baseSha,
    layOutSha: carried.sha,
    ...(merged.length > 0 && { integrated: { sha: baseSha, changes: merged } }),
    conflicts: [...conflicts, ...carried.conflicts],
    others: others.filter(({ id }) => merged.some(({ missionId }) => missionId === id)),
  };
}

async function foreignWork(
  { host, mission, run }: ClaimedRun,
  stores: Stores,
): Promise<{ readonly theirs: readonly ForeignWork[]; readonly others: readonly Mission[] }> {
  if (mission.integration !== 'shared') return { theirs: [], others: [] };
  const theirs = run.lock?.changedBy ?? [];
  const others: Mission[] = [];
  for (const change of theirs) {
    const other = await host.folds.load(change.missionId);
    await bring(host.artifacts, stores, other, change);
    others.push(other);
  }
  return { theirs, others };
}

/** The objects come from what the other mission's log names, so any host can merge them; its handoffs were scanned there. */
async function bring(
  artifacts: ClaimedRun['host']['artifacts'],
  { repository, repositories }: Stores,
  other: Mission,
  { sha }: Change,
): Promise<void> {
  const bundle = async (): Promise<Uint8Array> => {
    const store = await openMissionStore({ repositories, artifacts }, other);
    const isKnown = store.baseSha !== sha && (await repository.hasCommit(store.baseSha));
    return store.bundle({ to: sha, scannedFrom: sha, ...(isKnown && { from: store.baseSha }) });
  };
  await repository.importBundle({ sha, bundle });
}

/** The work so far was done on some base; where that is another now, it is merged over it. */
async function carriedOver(
  { host, mission, workSignal }: ClaimedRun,
  repository: MissionRepository,
  { checkpoint, baseSha }: { readonly checkpoint: Checkpoint | undefined; readonly baseSha: string },
): Promise<{ readonly sha: string; readonly conflicts: readonly MergeConflict[] }> {
  if (!checkpoint) return { sha: baseSha, conflicts: [] };
  const { sha, bundle } = checkpoint;
  await repository.importBundle({ sha, bundle: () => artifact(host.artifacts, bundle) }, workSignal);
  return repository.carry({ checkpointSha: sha, onto: baseSha, missionId: mission.id }, workSignal);
}
