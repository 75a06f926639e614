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
  /** How long nothing may move, because what is done right now ends by a limit of its own; 0 where it has none. */
  readonly quietMs?: number;
}

/** What the negotiator of a run goes by; live values, never facts. */
export interface RunOutlook {
  /** Paths of the repository that the run has changed so far, as `boundedPaths` bounds them. */
  readonly touched?: readonly string[];
  /** When it is expected to be able to stop with its work kept. */
  readonly nextCheckpointInMs?: number;
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
    /** How often something of the run has moved under this token; the desk notes when it rose last. Unchanged where absent. */
    readonly moves?: number;
    /** What is absent in it stays as it was. */
    readonly outlook?: RunOutlook;
  }) => Promise<Renewal>;
}

/** A claimed run whose lease has run out. */
export interface ExpiredRun {
  readonly runId: string;
  readonly missionId: string;
  readonly token: number;
}

/**
 * What to do about a run whose holder renews its lease and reports that nothing moves: say it at half the time it may rest,
 * stop it at the whole, end it when its holder did not, and take it back when it moves again.
 */
export interface StallSighting {
  readonly runId: string;
  readonly missionId: string;
  readonly token: number;
  readonly due: 'say' | 'stop' | 'fail' | 'clear';
  /** When it moved last, by the database's clock. */
  readonly sinceAt: Date;
  readonly lastLine: string | undefined;
}

export interface StallLimits {
  /** How long nothing may move. */
  readonly stallMs: number;
  /** How long a holder that was told to stop may take. */
  readonly stopMs: number;
}

/** A run that may be claimed, and that nobody has claimed for too long. */
export interface UnclaimedRun {
  readonly runId: string;
  readonly missionId: string;
  readonly role: Role;
  readonly task: Task;
  readonly labels: readonly string[];
  readonly sinceAt: Date;
  /** Runs of all missions that are held right now. */
  readonly heldElsewhere: number;
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
  /** When something of it moved last. */
  readonly movedAt: Date;
}
