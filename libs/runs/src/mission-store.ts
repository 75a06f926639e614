import type { ArtifactDigest, ArtifactStore } from '@missions/event-store';
import { isRefusal } from '@missions/kernel';
import type { Checkpoint, Mission } from '@missions/mission';
import type { MissionRepositories, MissionRepository, StoredBundle } from '@missions/workspace';

export interface MissionStoreParts {
  readonly repositories: MissionRepositories;
  readonly artifacts: ArtifactStore;
}

/** The Git store of a mission on this host, rebuilt from the log's bundles when this host has none. */
export function openMissionStore(
  { repositories, artifacts }: MissionStoreParts,
  mission: Mission,
  signal?: AbortSignal,
): Promise<MissionRepository> {
  const { repository } = mission;
  if (!repository) throw new Error(`Mission ${mission.id} has no repository.`);
  const base = bundleOf(artifacts, repository.baseSha, repository.baseBundle);
  const steps = mission.handoffs.flatMap(({ captured }) =>
    bundleOf(artifacts, captured.headSha, captured.bundle),
  );
  return repositories.open(
    {
      missionId: mission.id,
      source: repository.url,
      baseSha: repository.baseSha,
      bundles: [...base, ...steps],
    },
    signal,
  );
}

function bundleOf(
  artifacts: ArtifactStore,
  sha: string,
  digest: string | undefined,
): readonly StoredBundle[] {
  if (digest === undefined) return [];
  return [{ sha, load: () => artifact(artifacts, digest) }];
}

/** Bytes the log names; their absence is a fault, never an empty answer. */
export async function artifact(artifacts: ArtifactStore, digest: string): Promise<Uint8Array> {
  const bytes = await artifacts.get(digest as ArtifactDigest);
  if (!bytes) throw new Error(`The artifact ${digest} is missing.`);
  return bytes;
}

/**
 * Brings the branch in the mission's store, and in the person's repository, to where the log says the head is.
 * Both are projections: whoever opens the store next repairs what a crash left behind.
 */
export async function projectHead(
  repository: MissionRepository,
  mission: Mission,
  onRefused: (error: unknown) => void,
): Promise<void> {
  const { head } = mission;
  if (!head || acceptedShas(mission).length === 0) return;
  try {
    await repository.moveHead({ to: head.sha, expected: await repository.head(), token: head.token });
    if (mission.repository?.kind !== 'local') return;
    const { url } = mission.repository;
    await publish(repository, mission, { sourcePath: url, sha: head.sha, token: head.token });
  } catch (error) {
    // A branch that a person moved, or a repository that is gone, is theirs. One that another process moved further at the
    // same time is where it should be.
    if (!isRefusal(error)) throw error;
    onRefused(error);
  }
}

/** The commits of accepted handoffs, oldest first, rolled back ones among them. */
function acceptedShas({ handoffs }: Mission): readonly string[] {
  return handoffs.flatMap(({ claim, captured }) => (claim.outcome === 'success' ? [captured.headSha] : []));
}

/** Two holders may publish at the same moment, each what it knows; more often than this nobody comes in between. */
const PUBLISH_TRIES = 5;

/**
 * The branch may stand at any commit this mission ever had as its head (after a crash, after a roll back), or not be there
 * yet (this host has the repository only now), at no other.
 */
async function publish(
  repository: MissionRepository,
  mission: Mission,
  to: { readonly sourcePath: string; readonly sha: string; readonly token: number },
): Promise<void> {
  const accepted = acceptedShas(mission);
  const own = [undefined, mission.repository?.baseSha, ...accepted];
  let expected = accepted[accepted.indexOf(to.sha) - 1];
  for (let tries = 1; ; tries += 1) {
    try {
      await repository.publishToSource({ ...to, expected });
      return;
    } catch (error) {
      if (!isRefusal(error) || error.code !== 'BRANCH_MOVED' || tries === PUBLISH_TRIES) throw error;
      const { actual } = error.evidence;
      if (!own.some((sha) => sha === actual)) throw error;
      expected = actual as string | undefined;
    }
  }
}

/** A checkpoint's bundle, by the digest the log names. */
export function checkpointBundle(artifacts: ArtifactStore, checkpoint: Checkpoint): Promise<Uint8Array> {
  return artifact(artifacts, checkpoint.bundle);
}
