import type { Secret } from '@missions/kernel';
import { checkedArtifact } from '../artifact-check.ts';
import type {
  ArtifactDescription,
  ArtifactDigest,
  ArtifactStore,
  PutOptions,
  RunFence,
  StoredArtifact,
} from '../artifact-store.ts';
import { notHeld } from '../fenced-artifacts.ts';
import { guardAgainst, type SecretGuard } from '../secret-guard.ts';

export interface MemoryArtifactStoreOptions {
  /** Values that must never be stored; see `SECRET_IN_ARTIFACT`. */
  readonly forbidden?: readonly Secret[];
  /** Share the artifacts of this store. */
  readonly over?: MemoryArtifactStore;
  /** Whether a run is held under a token; without it everybody is believed. */
  readonly holds?: (fence: RunFence) => boolean | Promise<boolean>;
}

interface HeldArtifact {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** Artifacts in memory, with the behaviour of those in Postgres; for tests and simulations. */
export class MemoryArtifactStore implements ArtifactStore {
  readonly #artifacts: Map<ArtifactDigest, HeldArtifact>;
  readonly #guard: SecretGuard;
  readonly #holds: (fence: RunFence) => boolean | Promise<boolean>;

  constructor(options: MemoryArtifactStoreOptions = {}) {
    this.#holds = options.holds ?? (() => true);
    this.#artifacts = options.over ? options.over.#artifacts : new Map<ArtifactDigest, HeldArtifact>();
    this.#guard = guardAgainst(options.forbidden ?? []);
  }

  async put(bytes: Uint8Array, { mediaType, fence }: PutOptions): Promise<StoredArtifact> {
    const artifact = checkedArtifact(bytes, this.#guard);
    if (fence && !(await this.#holds(fence))) throw notHeld(fence);
    if (!this.#artifacts.has(artifact.digest)) {
      this.#artifacts.set(artifact.digest, { bytes: Uint8Array.from(bytes), mediaType });
    }
    return artifact;
  }

  get(digest: ArtifactDigest): Promise<Uint8Array | undefined> {
    const artifact = this.#artifacts.get(digest);
    return Promise.resolve(artifact && Uint8Array.from(artifact.bytes));
  }

  has(digest: ArtifactDigest): Promise<boolean> {
    return Promise.resolve(this.#artifacts.has(digest));
  }

  describe(digest: ArtifactDigest): Promise<ArtifactDescription | undefined> {
    const artifact = this.#artifacts.get(digest);
    return Promise.resolve(
      artifact && { digest, size: artifact.bytes.byteLength, mediaType: artifact.mediaType },
    );
  }
}
