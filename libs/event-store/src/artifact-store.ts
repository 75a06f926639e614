import { createHash } from 'node:crypto';

/** The name of an artifact: the SHA-256 of its bytes. */
export type ArtifactDigest = `sha256:${string}`;

export interface StoredArtifact {
  readonly digest: ArtifactDigest;
  readonly size: number;
}

/** The run that bytes are kept for, and the token it is held under. */
export interface RunFence {
  readonly runId: string;
  readonly token: number;
}

export interface PutOptions {
  readonly mediaType: string;
  /** The run they are kept for; absent for bytes of nobody's run. */
  readonly fence?: RunFence;
}

/**
 * Bytes too large for an event (long outputs, screenshots, Git bundles), found by their content.
 *
 * `put` has committed when it resolves, so an event may name the digest from then on. It is idempotent: the same bytes
 * are kept once, with the media type of the first put. Rejects with `DomainError('SECRET_IN_ARTIFACT')` when a configured
 * secret appears in the bytes, with `ARTIFACT_TOO_LARGE` beyond 256 MiB, with `STALE_TOKEN` when the run of `fence` is not held
 * under that token as it commits (also when the bytes are there already), and with `StoreUnavailableError`; repeating a put
 * is always safe. Once nobody holds a run, its last words are still taken: those under the token its transcript was written
 * under last.
 */
export interface ArtifactStore {
  readonly put: (bytes: Uint8Array, options: PutOptions) => Promise<StoredArtifact>;
  /** The bytes, checked against the digest; `undefined` when there is no such artifact. */
  readonly get: (digest: ArtifactDigest) => Promise<Uint8Array | undefined>;
  readonly has: (digest: ArtifactDigest) => Promise<boolean>;
  /** Size and media type without the bytes; `undefined` when there is no such artifact. */
  readonly describe: (digest: ArtifactDigest) => Promise<ArtifactDescription | undefined>;
}

export interface ArtifactDescription extends StoredArtifact {
  readonly mediaType: string;
}

export function artifactDigest(bytes: Uint8Array): ArtifactDigest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function isArtifactDigest(text: string): text is ArtifactDigest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
