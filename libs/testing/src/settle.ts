export interface SettleOptions {
  /** 10 s by default. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Repeats a check until it neither throws nor answers false or undefined, and returns its answer. Rejects after the
 * limit with the last failure as cause, so that a test says what did not come true.
 */
export async function settle<T>(
  check: () => T | Promise<T>,
  options: SettleOptions = {},
): Promise<Exclude<T, false | undefined>> {
  const { limitMs = 10_000, signal } = options;
  const deadline = performance.now() + limitMs;
  let pauseMs = 5;
  for (;;) {
    signal?.throwIfAborted();
    const outcome = await attempt(check);
    if (outcome.settled) return outcome.value as Exclude<T, false | undefined>;
    if (performance.now() >= deadline)
      throw new Error(`Not settled within ${String(limitMs)} ms: ${outcome.why}`, { cause: outcome.cause });
    const waitMs = pauseMs;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    pauseMs = Math.min(pauseMs * 1.5, 100);
  }
}

type Outcome =
  | { readonly settled: true; readonly value: unknown }
  | { readonly settled: false; readonly why: string; readonly cause?: unknown };

async function attempt(check: () => unknown): Promise<Outcome> {
  try {
    const value = await check();
    if (value === false || value === undefined)
      return { settled: false, why: `the check answered ${String(value)}` };
    return { settled: true, value };
  } catch (cause) {
    return { settled: false, why: cause instanceof Error ? cause.message : String(cause), cause };
  }
}
