import type { BundlesView, DiffView } from '@missions/contracts';
import { isArtifactDigest, type ArtifactStore } from '@missions/event-store';
import { DomainError } from '@missions/kernel';
import { startOfWork, type Handoff, type Mission, type Repository } from '@missions/mission';
import {
  EMPTY_BASE_SHA,
  type MissionRepositories,
  type MissionRepository,
  type StoredBundle,
} from '@missions/workspace';

const MAX_PATCH_BYTES = 4 * 1024 * 1024;
const MAX_EXPORTED_PATCH_BYTES = 64 * 1024 * 1024;

/** Base to head. Without a patch where that would be too large: the bundle holds all of it. */
export interface DeliveredWork {
  readonly headSha: string;
  readonly bundle: Uint8Array;
  readonly patch?: string;
}

/** What a mission committed, from its bundles: no checkout and no other host is needed. */
export class ReadWork {
  constructor(
    private readonly repositories: MissionRepositories,
    private readonly artifacts: ArtifactStore,
  ) {}

  /** The whole mission's diff, or one feature's. Refuses `UNKNOWN_FEATURE` and `NOTHING_COMMITTED`. */
  async diff(mission: Mission, featureId: string | undefined, signal: AbortSignal): Promise<DiffView> {
    const repository = requireRepository(mission);
    const { from, to } =
      featureId === undefined ? wholeRange(mission, repository) : featureRange(mission, featureId);
    const store = await this.open(mission, repository, signal);
    const { files, patch, truncated } = await store.diff(
      { from, to, maxPatchBytes: MAX_PATCH_BYTES },
      signal,
    );
    return {
      missionId: mission.id,
      from,
      to,
      patch,
      truncated,
      files: files.map(({ path, status, previousPath, additions, deletions }) => ({
        path,
        status,
        ...(previousPath !== undefined && { previousPath }),
        ...(additions !== undefined && { additions }),
        ...(deletions !== undefined && { deletions }),
      })),
    };
  }

  /** The whole of what was accepted, to be handed over; undefined while there is nothing beyond the base. */
  async delivered(mission: Mission, signal: AbortSignal): Promise<DeliveredWork | undefined> {
    const { repository, head } = mission;
    if (repository === undefined || head === undefined || head.sha === repository.baseSha) return undefined;
    const { baseSha } = repository;
    const store = await this.open(mission, repository, signal);
    const [{ patch, truncated }, bundle] = await Promise.all([
      store.diff(
        { from: baseSha, to: head.sha, maxPatchBytes: MAX_EXPORTED_PATCH_BYTES, binary: true },
        signal,
      ),
      // The base of an empty repository is a commit that only the mission has.
      store.bundle(
        { to: head.sha, scannedFrom: baseSha, ...(baseSha !== EMPTY_BASE_SHA && { from: baseSha }) },
        signal,
      ),
    ]);
    return { headSha: head.sha, bundle, ...(!truncated && { patch }) };
  }

  bundles(mission: Mission): BundlesView {
    const { url, kind, baseSha } = requireRepository(mission);
    return {
      missionId: mission.id,
      branch: `missions/${mission.id}`,
      repository: url,
      kind,
      baseSha,
      ...(mission.head !== undefined && mission.head.sha !== baseSha && { headSha: mission.head.sha }),
      bundles: committed(mission).map(({ featureId, captured }) => ({
        featureId,
        sha: captured.headSha,
        digest: captured.bundle,
      })),
    };
  }

  private open(mission: Mission, repository: Repository, signal: AbortSignal): Promise<MissionRepository> {
    const { url, baseSha, baseBundle } = repository;
    const base = baseBundle === undefined ? [] : [{ sha: baseSha, digest: baseBundle }];
    const steps = committed(mission).map(({ captured }) => ({
      sha: captured.headSha,
      digest: captured.bundle,
    }));
    const bundles = [...base, ...steps].map(({ sha, digest }) => this.stored(sha, digest));
    return this.repositories.open({ missionId: mission.id, source: url, baseSha, bundles }, signal);
  }

  private stored(sha: string, digest: string): StoredBundle {
    return {
      sha,
      load: async () => {
        const bytes = isArtifactDigest(digest) ? await this.artifacts.get(digest) : undefined;
        if (bytes !== undefined) return bytes;
        throw new DomainError('ARTIFACT_NOT_FOUND', `The bundle ${digest} is missing.`, { digest });
      },
    };
  }
}

type CommittedHandoff = Handoff & { readonly captured: { readonly bundle: string } };

function committed({ handoffs }: Mission): readonly CommittedHandoff[] {
  return handoffs.filter(
    (handoff): handoff is CommittedHandoff =>
      handoff.captured.bundle !== undefined && handoff.claim.outcome === 'success',
  );
}

function requireRepository({ id, repository }: Mission): Repository {
  if (repository !== undefined) return repository;
  throw new DomainError('NOTHING_COMMITTED', `${id} has no repository.`, { missionId: id });
}

interface Range {
  readonly from: string;
  readonly to: string;
}

function wholeRange({ id, head }: Mission, { baseSha }: Repository): Range {
  if (head !== undefined) return { from: baseSha, to: head.sha };
  throw new DomainError('NOTHING_COMMITTED', `${id} has no accepted commit yet.`, { missionId: id });
}

function featureRange(mission: Mission, featureId: string): Range {
  if (mission.features[featureId] === undefined)
    throw new DomainError(
      'UNKNOWN_FEATURE',
      `There is no feature ${featureId}; missions plan ${mission.id} lists them.`,
      {
        featureId,
      },
    );
  const handoff = committed(mission).findLast((one) => one.featureId === featureId);
  if (handoff !== undefined) return { from: startOfWork(handoff.captured), to: handoff.captured.headSha };
  throw new DomainError('NOTHING_COMMITTED', `${featureId} has no commit yet.`, { featureId });
}
