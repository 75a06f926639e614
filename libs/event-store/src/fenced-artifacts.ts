import { DomainError } from '@missions/kernel';
import type { ArtifactStore, RunFence } from './artifact-store.ts';

/** The same artifacts, with every put refused once the run is not held under this token any more. */
export function fencedArtifacts(artifacts: ArtifactStore, fence: RunFence): ArtifactStore {
  return {
    put: (bytes, { mediaType }) => artifacts.put(bytes, { mediaType, fence }),
    get: (digest) => artifacts.get(digest),
    has: (digest) => artifacts.has(digest),
    describe: (digest) => artifacts.describe(digest),
  };
}

/** Whoever puts has lost the run, or never held it. */
export function notHeld(fence: RunFence): DomainError {
  return new DomainError(
    'STALE_TOKEN',
    `${fence.runId} is not held under token ${String(fence.token)}; nothing was stored.`,
    { ...fence },
  );
}
