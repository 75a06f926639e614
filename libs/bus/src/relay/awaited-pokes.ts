import type { Poke } from '../pokes.ts';

const PATIENCE_MS = 5_000;
const FIRST_PAUSE_MS = 2;

interface Awaited {
  readonly version: number;
  readonly since: number;
}

/**
 * Events that were announced and have not come out of the feed yet. While an older write transaction is open, a committed
 * event stays behind the feed's horizon, and nothing pokes when that transaction ends: look again soon instead.
 */
export class AwaitedPokes {
  readonly #awaited = new Map<string, Awaited>();
  readonly #now: () => number;
  #looks = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** When the oldest of them was announced, in milliseconds of the clock. */
  get oldest(): number | undefined {
    const [first] = this.#awaited.values();
    return first?.since;
  }

  add({ stream, version }: Poke): void {
    const known = this.#awaited.get(stream);
    if (known && known.version >= version) return;
    this.#awaited.delete(stream);
    this.#awaited.set(stream, { version, since: known?.since ?? this.#now() });
    this.#looks = 0;
  }

  seen(stream: string, version: number): void {
    const awaited = this.#awaited.get(stream);
    if (awaited && awaited.version <= version) this.#awaited.delete(stream);
  }

  /** How long to wait before the next look: short at first, `pollMs` when nothing is awaited. */
  pauseMs(pollMs: number): number {
    this.#dropStale();
    if (this.#awaited.size === 0) return pollMs;
    this.#looks += 1;
    return Math.min(pollMs, FIRST_PAUSE_MS * 2 ** Math.min(this.#looks, 20));
  }

  #dropStale(): void {
    const horizon = this.#now() - PATIENCE_MS;
    for (const [stream, { since }] of this.#awaited) {
      if (since < horizon) this.#awaited.delete(stream);
    }
  }
}
