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
  if (!head || head.sha === mission.repository?.baseSha) return;
  const present = await repository.head();
  await repository.moveHead({ to: head.sha, expected: present, token: head.token });
  if (mission.repository?.kind !== 'local') return;
  try {
    await publish(repository, mission, {
      sourcePath: mission.repository.url,
      sha: head.sha,
      token: head.token,
    });
  } catch (error) {
    // A branch that a person moved, or a repository that is gone, is theirs; the mission's own store is untouched.
    if (!isRefusal(error)) throw error;
    onRefused(error);
  }
}

/** The branch may stand at any commit this mission ever had as its head (after a crash, after a roll back), at no other. */
async function publish(
  repository: MissionRepository,
  mission: Mission,
  to: { readonly sourcePath: string; readonly sha: string; readonly token: number },
): Promise<void> {
  try {
    await repository.publishToSource({ ...to, expected: publishedBefore(mission, to.sha) });
  } catch (error) {
    const actual = isRefusal(error) && error.code === 'BRANCH_MOVED' ? error.evidence['actual'] : undefined;
    const own = mission.handoffs.some(({ captured }) => captured.headSha === actual);
    if (typeof actual !== 'string' || !own) throw error;
    await repository.publishToSource({ ...to, expected: actual });
  }
}

function publishedBefore(mission: Mission, sha: string): string | undefined {
  const accepted = mission.handoffs.filter(({ claim }) => claim.outcome === 'success');
  const index = accepted.findIndex(({ captured }) => captured.headSha === sha);
  return accepted[index - 1]?.captured.headSha;
}

/** A checkpoint's bundle, by the digest the log names. */
export function checkpointBundle(artifacts: ArtifactStore, checkpoint: Checkpoint): Promise<Uint8Array> {
  return artifact(artifacts, checkpoint.bundle);
}
