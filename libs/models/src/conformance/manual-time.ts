/** Time that a test moves: whoever waits goes on when it has come so far. */
export class ManualTime {
  nowMs = 0;
  private readonly sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new Error('Woken.'));
        return;
      }
      const sleeper = {
        atMs: this.nowMs + ms,
        wake: () => {
          signal.removeEventListener('abort', onAbort);
          this.sleepers.delete(sleeper);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.sleepers.delete(sleeper);
        reject(new Error('Woken.'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.sleepers.add(sleeper);
    });

  /** Goes on by so much, stopping at each moment at which somebody wakes, until all that follows from it has come to rest. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await rest();
    for (let next = this.nextBefore(endMs); next !== undefined; next = this.nextBefore(endMs)) {
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.wake();
      await rest();
    }
    this.nowMs = endMs;
  }

  private nextBefore(endMs: number): { readonly atMs: number; readonly wake: () => void } | undefined {
    return [...this.sleepers]
      .filter(({ atMs }) => atMs <= endMs)
      .sort((one, other) => one.atMs - other.atMs)[0];
  }
}

async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
