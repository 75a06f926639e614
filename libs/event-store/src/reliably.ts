import { delay } from '@missions/kernel';
import { isTransient } from './store-unavailable.ts';

export interface RetryLimits {
  /** Give up so long after the first attempt. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  /** Told before every wait. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1_000;

/**
 * Repeats work that fails transiently (`StoreUnavailableError`) until it succeeds, fails otherwise, or the time is up;
 * then the last error rises. The work must be safe to repeat: appends are, by their event ids.
 */
export async function reliably<T>(work: () => Promise<T>, limits: RetryLimits): Promise<T> {
  const until = performance.now() + limits.limitMs;
  for (let attempt = 1; ; attempt++) {
    limits.signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const waitMs = jittered(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)));
      if (!isTransient(error) || performance.now() + waitMs > until) throw error;
      limits.onRetry?.(error, attempt);
      await delay(waitMs, limits.signal);
    }
  }
}

/** Between half and all of it, so that those who failed together do not come back together. */
function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
