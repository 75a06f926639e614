import type { Role, Task, WantedState } from '@missions/mission';

/** A run that waits for somebody to claim it. */
export interface OpenDelegation {
  readonly runId: string;
  readonly missionId: string;
  readonly role: Role;
  readonly task: Task;
}

export interface DelegationFilter {
  readonly roles: readonly Role[];
  readonly tasks: readonly Task[];
  readonly labels: readonly string[];
}

/** What a holder shows while it works; live values, never facts. */
export interface RunProgress {
  readonly turn?: number;
  /** At most 120 characters. */
  readonly lastLine?: string;
  readonly contextPct?: number;
  readonly costUsd?: number;
}

/** The answer to a renewal; `held: false` says that somebody else may act now. */
export type Renewal =
  | { readonly held: true; readonly wanted: WantedState; readonly pendingMessages: number }
  | { readonly held: false };

/** The rows between those who delegate and those who work. Reads and renewals only; facts go through the mission's owner. */
export interface RunDesk {
  /** Oldest first. A label a delegation asks for must be among the filter's. */
  readonly openDelegations: (filter: DelegationFilter, limit: number) => Promise<readonly OpenDelegation[]>;
  /** Extends the lease by `ttlMs` of the database's clock, only where run and token match and it has not run out. */
  readonly renew: (request: {
    readonly runId: string;
    readonly token: number;
    readonly ttlMs: number;
    readonly progress: RunProgress;
  }) => Promise<Renewal>;
}

/** A claimed run whose lease has run out. */
export interface ExpiredRun {
  readonly runId: string;
  readonly missionId: string;
  readonly token: number;
}

/** What is shown of a run that is held right now. */
export interface LiveRun {
  readonly runId: string;
  readonly missionId: string;
  readonly holder: string;
  readonly turn: number | undefined;
  readonly lastLine: string | undefined;
  readonly contextPct: number | undefined;
  readonly costUsd: number | undefined;
  readonly renewedAt: Date;
}
