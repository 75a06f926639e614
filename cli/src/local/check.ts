/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Missing it does not keep missions from running: it can be fetched, or only some need it. */
  readonly optional: boolean;
  readonly detail: string;
  readonly fix?: string;
}

export interface Examination {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly config?: string;
  readonly signal: AbortSignal;
}
