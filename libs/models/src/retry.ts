import { delay } from '@missions/kernel';
import { isModelError } from './model-error.ts';

/** How often and how patiently a transient failure is tried again. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** A provider that asks for a longer wait than this gets none: the error rises with its `retryAfterMs`. */
  readonly longestRetryAfterMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 6,
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  longestRetryAfterMs: 120_000,
  random: Math.random,
  wait: delay,
};

/** Tries until it succeeds, fails for good, or the attempts are used up; rejects at once when the signal aborts. */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  signal?: AbortSignal,
): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const waitMs = tried < policy.attempts ? delayBefore(error, tried, policy) : undefined;
      if (waitMs === undefined) throw error;
      await policy.wait(waitMs, signal);
    }
  }
}

/** Doubles with every attempt, between a half and the whole of it, and never below what the provider asked for. */
function delayBefore(error: unknown, tried: number, policy: RetryPolicy): number | undefined {
  if (!isModelError(error) || !error.transient) return undefined;
  const leastMs = error.retryAfterMs ?? 0;
  if (leastMs > policy.longestRetryAfterMs) return undefined;
  const ceilingMs = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (tried - 1));
  return leastMs + ceilingMs * (0.5 + policy.random() / 2);
}
