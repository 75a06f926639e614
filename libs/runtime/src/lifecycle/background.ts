import { delay } from '@missions/kernel';
import type { Logger } from '../logging/logger.ts';

const firstPauseMs = 100;
const longestPauseMs = 5000;
/** A loop that ran so long without a fault starts over with the shortest pause. */
const healthyAfterMs = 30_000;

/** Loops that run as long as the service does: sweeps, relays, claims. A fault is logged and the loop starts again. */
export class Background {
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly signal: AbortSignal,
    private readonly logger: Logger,
  ) {}

  /** Starts `work`; it returns only when the signal aborts. Names are unique. */
  start(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.running.has(name)) throw new Error(`The background work ${name} was started twice.`);
    this.running.set(name, this.keepRunning(name, work));
  }

  /** Calls `work` every `intervalMs`, the next call only after the last one ended. */
  every(intervalMs: number, name: string, work: (signal: AbortSignal) => Promise<void>): void {
    this.start(name, async (signal) => {
      while (!signal.aborted) {
        await work(signal);
        await delay(intervalMs, signal);
      }
    });
  }

  /** Resolves when every loop has come to its end; they do so only after the signal aborted. */
  async stopped(): Promise<void> {
    await Promise.all(this.running.values());
  }

  private async keepRunning(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!this.signal.aborted) {
      const startedAt = performance.now();
      try {
        await work(this.signal);
      } catch (error) {
        if (this.wasStopped()) return;
        this.logger.warn(
          { err: error, background: name, pauseMs },
          'Background work failed and will start again',
        );
      }
      if (performance.now() - startedAt > healthyAfterMs) pauseMs = firstPauseMs;
      await delay(pauseMs, this.signal).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }

  // Read through a method: the signal may abort while the work is awaited.
  private wasStopped(): boolean {
    return this.signal.aborted;
  }
}
