import { DomainError } from '@missions/kernel';
import { artifactDigest, type StoredArtifact } from './artifact-store.ts';
import type { SecretGuard } from './secret-guard.ts';

/** Bytes are verified as a whole when they are committed, so they have to fit into memory. */
export const MAX_ARTIFACT_BYTES = 256 * 1_048_576;

/** Names the bytes, or refuses what no store may hold: see `ArtifactStore.put`. */
export function checkedArtifact(bytes: Uint8Array, guard: SecretGuard): StoredArtifact {
  const size = bytes.byteLength;
  if (size > MAX_ARTIFACT_BYTES) {
    throw new DomainError(
      'ARTIFACT_TOO_LARGE',
      `An artifact of ${String(size)} bytes is over the limit of ${String(MAX_ARTIFACT_BYTES)}.`,
      { size, limit: MAX_ARTIFACT_BYTES },
    );
  }
  const secret = guard.nameInBytes(bytes);
  if (secret !== undefined) {
    throw new DomainError(
      'SECRET_IN_ARTIFACT',
      `The bytes contain the secret ${secret}; they were not stored.`,
      {
        secret,
      },
    );
  }
  return { digest: artifactDigest(bytes), size };
}
