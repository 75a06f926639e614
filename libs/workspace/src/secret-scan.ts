/** A place that holds a secret; the value itself is never carried. */
export interface SecretFinding {
  /** Counted from 1. */
  readonly line: number;
  /** Which secret or pattern it is. */
  readonly name: string;
}

/** Looks for secrets in a text that is about to be stored; `path` is relative to the repository. */
export type SecretScan = (path: string, text: string) => readonly SecretFinding[];
