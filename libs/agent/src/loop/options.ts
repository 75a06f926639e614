import type { Clock } from '@missions/kernel';
import type { Model, Price } from '@missions/models';
import type { BudgetMeter } from '../budget.ts';
import type { Steering } from '../steering.ts';
import type { AnyTool } from '../tool.ts';
import type { Transcript } from '../transcript/transcript.ts';

/** Where a run goes too far; all but the first two have sensible values. */
export interface RunLimits {
  /** Turns of the whole run, over all its holders. */
  readonly maxTurns: number;
  /** Tokens of one reply. */
  readonly maxTokens: number;
  /** Tokens of the whole run, in and out; unlimited where absent. */
  readonly maxRunTokens?: number | undefined;
  /** Turns in a row in which no call could be executed. */
  readonly maxRefusedTurns?: number;
  /** Turns in a row with the same calls and the same results. */
  readonly maxSameTurns?: number;
  /** Turns in a row that brought nothing new: each of their calls, with its result, had been seen in the run before. */
  readonly maxStaleTurns?: number;
  /** Replies in a row that the model only paused. */
  readonly maxPausedTurns?: number;
  /** Working time of the whole run, over all its holders; the time between two holders does not count. Unlimited where absent. */
  readonly maxWallClockMs?: number | undefined;
  readonly toolTimeoutMs?: number;
  /** How long a call that was stopped may take to come to rest; the run fails when one that writes does not. */
  readonly toolSettleMs?: number;
  /** How long a reply or a tool may still take once a pause is wanted. */
  readonly pauseGraceMs?: number;
}

export interface Progress {
  readonly turn: number;
  /** What the run does right now, in one line. */
  readonly lastToolLine: string | undefined;
  /** Undefined when the size of the context window is not known. */
  readonly contextUsedPct: number | undefined;
  readonly costUsd: number | 'unpriced';
  /** Rises with everything that moves: a fact, a part of a reply, a line of a tool. One that rests is a stall. */
  readonly moves: number;
  /** How long nothing may move because what runs has a limit of its own; 0 while the model is asked. */
  readonly quietMs: number;
}

/** A moment at which a test may kill the holder. */
export type KillPoint =
  | 'resumed'
  | 'before-call'
  | 'call-lost'
  | 'after-call'
  | 'turn-recorded'
  | 'before-tool'
  | 'after-tool'
  | 'before-results'
  | 'results-recorded'
  | 'compacted';

export interface RunAgentOptions {
  readonly run: { readonly id: string; readonly token: number; readonly holder: string };
  readonly transcript: Transcript;
  readonly model: Model;
  /** Undefined when the model is unpriced. */
  readonly price: Price | undefined;
  readonly system: string;
  /** Begins with the fenced header. A run that was taken over keeps the one it started with. */
  readonly firstMessage: string;
  /** Files of the repository that the first message tells of, by digest; kept in the transcript. */
  readonly sources?: readonly { readonly path: string; readonly digest: string }[] | undefined;
  /** The commit that the workspace is laid out on; kept in the transcript. */
  readonly baseSha?: string | undefined;
  readonly tools: readonly AnyTool[];
  readonly limits: RunLimits;
  readonly budget: BudgetMeter;
  readonly steering: () => Promise<Steering>;
  readonly redactor: { readonly redact: (text: string) => string };
  readonly clock: Clock;
  /** Stops the run at once; its reason is a `StopRun`, any other reason counts as `release`. */
  readonly signal: AbortSignal;
  /** Aborted when a pause is wanted: the turn under way then has `pauseGraceMs` left. */
  readonly pauseSignal?: AbortSignal | undefined;
  /** The run has no closing tool; its last text is its result. */
  readonly endsWithText?: boolean;
  /** Keeps the workspace after a turn that wrote; recorded in the same commit as the turn's results. */
  readonly checkpoint?: (
    turn: number,
  ) => Promise<{ readonly sha: string; readonly bundle?: string } | undefined>;
  readonly onProgress?: (progress: Progress) => void;
  readonly killPoint?: (name: KillPoint) => void | Promise<void>;
}

export const defaultLimits = {
  maxRefusedTurns: 5,
  maxSameTurns: 6,
  maxStaleTurns: 12,
  maxPausedTurns: 8,
  toolTimeoutMs: 600_000,
  toolSettleMs: 5_000,
  pauseGraceMs: 30_000,
} as const;
