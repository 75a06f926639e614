import { delay } from '@missions/kernel';
import { monotonicMs } from '../measure/monotonic.ts';
import type { LeaseClient } from './lease-system.ts';

export interface Crowd {
  /** Each wants its key again and again. */
  readonly clients: readonly LeaseClient[];
  readonly keyOf: (client: number) => string;
  readonly holdMs: number;
  readonly roundMs: number;
}

/** What a crowd saw of a lease. */
export interface Contention {
  readonly longestWaitMs: number;
  /** The fewest grants of a client by the most. */
  readonly fairness: number;
  /** From the holder's asking to release until the next one has its answer, where somebody waited. */
  readonly handOverMs: readonly number[];
  readonly grantsPerSecond: number;
}

/** Lets all clients take, hold and release for a round, whose last wishes are still answered; throws when two held the same key at once or a token went back. */
export async function contend(crowd: Crowd): Promise<Contention> {
  const round = new Round(crowd);
  await Promise.all(crowd.clients.map((client, index) => round.drive(client, index)));
  return round.seen();
}

class Round {
  readonly #startedAt = monotonicMs();
  readonly #grants: number[];
  readonly #waitsMs: number[] = [];
  readonly #handOverMs: number[] = [];
  readonly #keys = new Map<string, { held: boolean; releasedAt: number; token: number }>();

  constructor(private readonly crowd: Crowd) {
    this.#grants = crowd.clients.map(() => 0);
  }

  async drive(client: LeaseClient, index: number): Promise<void> {
    const key = this.crowd.keyOf(index);
    while (this.#isOn()) {
      const askedAt = monotonicMs();
      const token = await client.acquire(key);
      this.#taken(key, { index, askedAt, token });
      await delay(this.crowd.holdMs);
      this.#givenBack(key);
      await client.release(key, token);
    }
  }

  seen(): Contention {
    return {
      longestWaitMs: Math.max(...this.#waitsMs),
      fairness: Math.min(...this.#grants) / Math.max(...this.#grants),
      handOverMs: this.#handOverMs,
      grantsPerSecond:
        (this.#grants.reduce((sum, n) => sum + n, 0) * 1000) / (monotonicMs() - this.#startedAt),
    };
  }

  #isOn(): boolean {
    return monotonicMs() - this.#startedAt < this.crowd.roundMs;
  }

  #taken(
    key: string,
    { index, askedAt, token }: { readonly index: number; readonly askedAt: number; readonly token: number },
  ): void {
    const now = monotonicMs();
    const before = this.#keys.get(key);
    if (before?.held === true) throw new Error(`Two held ${key} at once.`);
    if (before && token <= before.token)
      throw new Error(`The token of ${key} went from ${before.token} to ${token}.`);
    this.#waitsMs.push(now - askedAt);
    if (before && askedAt < before.releasedAt) this.#handOverMs.push(now - before.releasedAt);
    this.#keys.set(key, { held: true, releasedAt: 0, token });
    this.#grants[index] = (this.#grants[index] ?? 0) + 1;
  }

  #givenBack(key: string): void {
    const state = this.#keys.get(key);
    if (state) Object.assign(state, { held: false, releasedAt: monotonicMs() });
  }
}
