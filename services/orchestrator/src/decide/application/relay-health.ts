import type { FeedCursor } from '@missions/event-store';
import type { RelayStatus } from '@missions/bus';
import type { Clock } from '@missions/kernel';
import type { Metrics } from '@missions/runtime';

/** The oldest event of the log behind a place in the feed. */
export interface Waiting {
  readonly ageMs: number;
  /** Whether the feed lets it out yet; it does not while an older transaction is open, or before the feed is rebased. */
  readonly isReadable: boolean;
}

export interface RelayHealthParts {
  readonly relays: readonly { readonly status: () => RelayStatus }[];
  readonly waitingBehind: (cursor: FeedCursor | undefined) => Promise<Waiting | undefined>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** A relay that has not come forward for so long while something waits is stuck; one that is only behind is not. */
const patienceMs = 10_000;

interface Place {
  readonly cursor: FeedCursor | undefined;
  readonly since: number;
  readonly reason: string;
}

/** Whether the log reaches the bus, seen from the log's end: a relay that knows of nothing to publish may be wrong. */
export class RelayHealth {
  private readonly stuck = new Map<string, Place>();
  private readonly lag;
  private readonly relayed;

  constructor(private readonly parts: RelayHealthParts) {
    const { metrics } = parts;
    this.lag = metrics.gauge('missions_relay_lag_seconds', 'Age of the oldest event not yet on the bus', [
      'stream',
    ]);
    this.relayed = metrics.gauge('missions_relay_events', 'Messages this process has put on the bus', [
      'stream',
    ]);
  }

  async measure(): Promise<void> {
    await Promise.all(this.parts.relays.map((relay) => this.measureOne(relay.status())));
  }

  /** For readiness: rejects with what keeps the log from the bus. */
  check(): Promise<void> {
    const now = this.parts.clock.now().getTime();
    const late = [...this.stuck].filter(([, { since }]) => now - since > patienceMs);
    if (late.length === 0) return Promise.resolve();
    const reasons = late.map(([stream, { reason }]) => `${stream}: ${reason}`);
    return Promise.reject(new Error(reasons.join('; ')));
  }

  private async measureOne({ stream, cursor, relayed, problem }: RelayStatus): Promise<void> {
    this.relayed.set({ stream }, relayed);
    const waiting = await this.parts.waitingBehind(cursor);
    this.lag.set({ stream }, (waiting?.ageMs ?? 0) / 1_000);
    if (!waiting) {
      this.stuck.delete(stream);
      return;
    }
    const known = this.stuck.get(stream);
    const hasMoved = known?.cursor !== cursor;
    const since = known && !hasMoved ? known.since : this.parts.clock.now().getTime();
    this.stuck.set(stream, { cursor, since, reason: problem ?? reasonOf(waiting) });
  }
}

function reasonOf({ isReadable }: Waiting): string {
  return isReadable
    ? 'an event waits, and the relay does not come forward'
    : 'the feed is held back by an open transaction, or by a restored dump that was not rebased (`select rebase_feed()`)';
}
