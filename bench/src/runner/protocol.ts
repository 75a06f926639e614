/** What a runner process is given: its connections, and which half of the runs is its own. */
export interface Serve {
  readonly kind: 'serve';
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly natsSeed: string;
  /** It serves the runs whose number has this remainder by two, so that each run follows one of the other process. */
  readonly remainder: 0 | 1;
}

/** The run may hand off: it holds its claim until then, so that what claiming it set going has come to rest. */
export interface Go {
  readonly kind: 'go';
  readonly runId: string;
}

/** A command of a run was answered; the time is that of the machine's monotonic clock. */
export interface Answered {
  readonly kind: 'ClaimRun' | 'ConcludeRun';
  readonly runId: string;
  readonly at: number;
}

export type RunnerMessage = { readonly kind: 'ready' } | Answered;

/** 3 for `m-abcd-r3`. */
export function numberOfRun(runId: string): number {
  return Number(runId.slice(runId.lastIndexOf('-r') + 2));
}
