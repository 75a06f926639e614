import type { LeaseTable } from '../ports/lease-table.ts';

/** An instant of the database, and whether it is for the database to confirm. */
export interface Instant {
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly isEstimate: boolean;
}

/** How long an answer serves: two clocks drift apart by less than a millisecond in this time. */
const servesMs = 5000;

/**
 * The database's time without a round trip for each decision: what it said last, and what has passed since by the monotonic
 * clock. An answer is on its way before it is heard, so an estimate lies in the past; the database refuses one that does not.
 */
export class DatabaseClock {
  private heard: { readonly aheadMs: number; readonly monotonicMs: number } | undefined;

  constructor(
    private readonly leases: Pick<LeaseTable, 'now'>,
    private readonly monotonicMs: () => number,
  ) {}

  async now(): Promise<Instant> {
    const now = this.monotonicMs();
    if (this.heard === undefined || now - this.heard.monotonicMs > servesMs) return this.read();
    return { at: new Date(Math.floor(this.heard.aheadMs + now)).toISOString(), isEstimate: true };
  }

  /** Asks, whatever was heard before. */
  async read(): Promise<Instant> {
    this.heard = undefined;
    const at = await this.leases.now();
    this.hear(at);
    return { at, isEstimate: false };
  }

  /** Of all answers that serve, the one that was on its way for the shortest time tells best. */
  hear(at: string): void {
    const monotonicMs = this.monotonicMs();
    const aheadMs = Date.parse(at) - monotonicMs;
    const serves = this.heard !== undefined && monotonicMs - this.heard.monotonicMs <= servesMs;
    if (!serves || aheadMs > (this.heard?.aheadMs ?? -Infinity)) this.heard = { aheadMs, monotonicMs };
  }
}
