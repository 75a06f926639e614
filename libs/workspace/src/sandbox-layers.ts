import type { EgressAccess } from './sandbox-egress.ts';

/** Dependencies installed once by the engine and copied into every workspace that needs them. */
export interface DependencyLayers {
  /**
   * Runs the set-up command once per key, in a session whose only way out is the proxy, and keeps what it left beside
   * the snapshot's own files. A layer that already exists is returned without running anything.
   * Refuses with `ENVIRONMENT` (evidence: exitCode, log) when the command fails; nothing is kept then.
   */
  readonly prepare: (request: LayerRequest) => Promise<DependencyLayer>;
  /** Copies the layer into a workspace; files that the workspace already has are left alone. */
  readonly copyInto: (layer: DependencyLayer, workspace: string) => Promise<void>;
}

export interface LayerRequest {
  /** Digest of command, lockfiles and toolchain (`layerKey`). */
  readonly key: string;
  readonly command: string;
  /** Host directory with the repository's files at the base commit; only read. */
  readonly snapshot: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly egress?: EgressAccess;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface DependencyLayer {
  readonly key: string;
  /** Host directory; empty when the command left nothing. */
  readonly layerDir: string;
  readonly log: string;
}
