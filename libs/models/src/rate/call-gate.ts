import type { ModelError } from '../model-error.ts';
import type { Usage } from '../reply.ts';

/** How long one call may wait, before all its attempts together. */
export const longestWaitMs = 3_600_000;

/** What a call may use: its input is guessed, its output is the longest it allows. */
export interface CallNeed {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Why a call is not made yet, and when it will be, as far as that is known. */
export interface ModelWait {
  readonly why: string;
  readonly until: Date | undefined;
}

export interface GateOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Told before `enter` returns if the call has to wait, whenever what is waited for changes and now and then while it does
   * not; undefined once the call may be made.
   */
  readonly onWait?: ((wait: ModelWait | undefined) => void) | undefined;
  /** How long the call waited before its earlier attempts; it counts towards the longest wait. */
  readonly waitedMs?: number;
}

/** Where the calls of an account wait for their turn, so that replicas together stay within what it may have. */
export interface CallGate {
  /**
   * Resolves when the call may be made, in the order of asking. Rejects with the signal's reason, and with a
   * `ModelError('rate_limit')` when it waited for too long. Whoever got a pass ends it by `settle` or `fail`.
   */
  readonly enter: (need: () => CallNeed, options?: GateOptions) => Promise<CallPass>;
}

/** One call that was let through. */
export interface CallPass {
  /** How long this attempt waited for its turn. */
  readonly waitedMs: number;
  /** What the provider says of the account with its answer. */
  readonly heard: (headers: Headers) => void;
  /** The reply came; what was guessed too high is free again. */
  readonly settle: (usage: Usage) => void;
  /** No reply came; without an error it was stopped, and counts as it was guessed. */
  readonly fail: (error?: ModelError) => void;
}
