/**
 * Files as the sandbox sees them. Paths are relative to /workspace or absolute inside the sandbox, and must lie (after
 * links are followed) below /workspace, /tmp or a mount of the session.
 * Refusals: `FILE_OUTSIDE`, `FILE_NOT_FOUND`, `FILE_REFUSED` (evidence: path, errno), `PATTERN_INVALID`.
 */
export interface SandboxFiles {
  /** Reads up to `limit` bytes from byte `offset` of a regular file (defaults: from 0, the session's largest: 10 MiB). */
  readonly readFile: (path: string, range?: ByteRange) => Promise<FileContent>;
  /** Replaces the whole file in one step and makes missing directories; an existing file keeps its mode. */
  readonly writeFile: (path: string, content: string | Uint8Array) => Promise<void>;
  /** The entries of one directory in order of their names. */
  readonly listFiles: (path: string) => Promise<FileListing>;
  /** Paths of files that match, relative to /workspace, sorted; `.git` and `node_modules` are passed over unless named. */
  readonly glob: (request: GlobRequest) => Promise<GlobResult>;
  /** Lines that match an RE2 expression, in order of path and line; binary files are passed over. */
  readonly grep: (request: GrepRequest) => Promise<GrepResult>;
}

export interface ByteRange {
  readonly offset?: number;
  readonly limit?: number;
}

export interface FileContent {
  readonly bytes: Uint8Array;
  /** Size of the whole file. */
  readonly size: number;
}

export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly size: number;
}

export interface FileListing {
  readonly entries: readonly FileEntry[];
  readonly truncated: boolean;
}

export interface GlobRequest {
  readonly pattern: string;
  /** Directory the pattern is relative to; default /workspace. */
  readonly path?: string;
  readonly limit?: number;
}

export interface GlobResult {
  readonly paths: readonly string[];
  readonly truncated: boolean;
}

export interface GrepRequest {
  readonly pattern: string;
  readonly path?: string;
  /** Only files whose path below `path`, or whose name, matches. */
  readonly glob?: string;
  readonly ignoreCase?: boolean;
  readonly limit?: number;
}

export interface GrepMatch {
  readonly path: string;
  readonly line: number;
  /** The line without its end, at most 1,000 characters of it. */
  readonly text: string;
}

export interface GrepResult {
  readonly matches: readonly GrepMatch[];
  readonly filesSearched: number;
  readonly truncated: boolean;
}
