import { delay, DomainError } from '@missions/kernel';
import type { Logger } from '../logging/logger.ts';

export interface AvailabilityWait {
  /** What is waited for, for the log and the error: `Postgres at 127.0.0.1:5432`. */
  readonly what: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** A fault that waiting will not mend (a wrong password, an old server) is not tried again. */
  readonly isHopeless?: (error: unknown) => boolean;
}

const firstPauseMs = 100;
const longestPauseMs = 2000;

/**
 * Tries until `attempt` succeeds, at most for `limitMs`. Rejects with `DEPENDENCY_UNAVAILABLE` and the last fault as its
 * cause, or with the signal's reason.
 */
export async function untilAvailable<R>(
  wait: AvailabilityWait,
  attempt: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    wait.signal.throwIfAborted();
    const leftMs = wait.limitMs - (performance.now() - startedAt);
    try {
      return await attempt(
        AbortSignal.any([wait.signal, AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)))]),
      );
    } catch (error) {
      wait.signal.throwIfAborted();
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1));
      if (wait.isHopeless?.(error) === true || leftMs <= pauseMs) throw unavailable(wait, error);
      wait.logger.warn({ tries, reason: reasonOf(error) }, `Waiting for ${wait.what}`);
      await delay(pauseMs, wait.signal);
    }
  }
}

function unavailable({ what, limitMs }: AvailabilityWait, cause: unknown): DomainError {
  const message = `${what} did not become available within ${limitMs} ms: ${reasonOf(cause)}`;
  const error = new DomainError('DEPENDENCY_UNAVAILABLE', message, { what, limitMs });
  error.cause = cause;
  return error;
}

// Node reports a refused connection to several addresses as an AggregateError without a message.
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  const cause = error instanceof Error && error.cause !== undefined ? ` (${reasonOf(error.cause)})` : '';
  return error instanceof Error ? `${error.message}${cause}` : String(error);
}
