import type { GlobResult, GrepResult } from '@missions/workspace';

export interface ViewedFile {
  /** From the beginning of the file, at most 10 MiB of it. */
  readonly bytes: Uint8Array;
  /** Size of the whole file. */
  readonly size: number;
}

export interface FindPaths {
  readonly pattern: string;
  /** Folder the pattern is relative to; the root where absent. */
  readonly path?: string;
  readonly limit: number;
}

export interface FindLines extends FindPaths {
  /** Only files whose path below `path`, or whose name, matches. */
  readonly glob?: string;
}

/**
 * Read-only files of a run, wherever they lie: in its sandbox session, or in a commit.
 * Paths are relative to the workspace, or absolute below `/workspace`. A path that leads out is refused.
 * Refusals: `FILE_NOT_FOUND`, `FILE_OUTSIDE`, `FILE_REFUSED`, `PATTERN_INVALID`. Calls may run at the same time.
 */
export interface FileView {
  readonly read: (path: string, signal: AbortSignal) => Promise<ViewedFile>;
  /** Paths of files, sorted. */
  readonly glob: (request: FindPaths, signal: AbortSignal) => Promise<GlobResult>;
  /** Lines that match an RE2 expression, in order of path and line; binary files are passed over. */
  readonly grep: (request: FindLines, signal: AbortSignal) => Promise<GrepResult>;
}
