import { delay } from '@missions/kernel';

export interface WakeableLoopOptions {
  /** One round; resolves with the pause until the next one in milliseconds. Must not reject. */
  readonly round: (signal: AbortSignal) => Promise<number>;
}

/** Why a pause ends early; made once, since an error is dear and a loop is woken often. */
const WOKEN = new Error('Woken.');

/** Runs rounds one after another, at the latest after the pause the last one asked for, at once when woken. */
export class WakeableLoop {
  readonly #round: WakeableLoopOptions['round'];
  readonly #stopping = new AbortController();
  #pause: AbortController | undefined;
  #woken = false;
  #soon: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: WakeableLoopOptions) {
    this.#round = options.round;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** The next round begins now, or right after the present one. */
  wake(): void {
    this.#woken = true;
    this.#pause?.abort(WOKEN);
  }

  /** The next round begins within so many milliseconds; whoever asks for it meanwhile shares that round. */
  wakeWithin(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#soon ??= setTimeout(() => {
      this.wake();
    }, ms);
  }

  /** Lets the present round end (its signal is aborted), then resolves. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('Stopped.'));
    this.#pause?.abort(WOKEN);
    clearTimeout(this.#soon);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#beginRound();
      const pauseMs = await this.#round(signal);
      await this.#waitFor(pauseMs);
    }
  }

  #beginRound(): void {
    this.#woken = false;
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }

  async #waitFor(pauseMs: number): Promise<void> {
    if (this.#woken || this.#stopping.signal.aborted) return;
    this.#pause = new AbortController();
    await delay(pauseMs, this.#pause.signal).catch(() => undefined);
    this.#pause = undefined;
  }
}

/** Doubles from `firstMs` with every further attempt (counted from 1), up to `maxMs`. */
export function backoffMs(attempt: number, limits: { firstMs: number; maxMs: number }): number {
  return Math.min(limits.maxMs, limits.firstMs * 2 ** Math.min(attempt - 1, 20));
}
