import type { EventStore, FeedCursor } from '@missions/event-store';
import { leasingEventSchema, Precedence } from '@missions/leasing';

const pageSize = 2_000;

/**
 * How everybody would stand if nobody had ever given way to anybody, from the events of all ledgers in the order of the log,
 * so that every replica comes to the same. Read once from the beginning, then only brought up to date.
 */
export class PrecedenceFold {
  private readonly precedence = new Precedence();
  private after: FeedCursor | undefined;
  private reading: Promise<void> | undefined;

  constructor(private readonly store: Pick<EventStore, 'feed'>) {}

  /** With all that the feed had let out when this was called, or more. */
  async newest(): Promise<Precedence> {
    const before = this.reading ?? Promise.resolve();
    const reading = before.catch(() => undefined).then(() => this.readOn());
    this.reading = reading;
    await reading;
    return this.precedence;
  }

  private async readOn(): Promise<void> {
    for (;;) {
      const request = { after: this.after, limit: pageSize, streamPrefix: 'resources-' };
      const { events, next } = await this.store.feed(request);
      for (const { event } of events) this.take(event);
      if (next === this.after) return;
      this.after = next;
    }
  }

  // A type that this release does not know changes nothing here.
  private take({ type, data }: { readonly type: string; readonly data: unknown }): void {
    const parsed = leasingEventSchema.safeParse({ type, data });
    if (parsed.success) this.precedence.take(parsed.data);
  }
}
