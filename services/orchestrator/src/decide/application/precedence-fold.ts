import type { EventStore, FeedCursor } from '@missions/event-store';
import { isRefusal } from '@missions/kernel';
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
      const { events, next, isLast } = await this.store.feed(request);
      for (const { event, cursor } of events) {
        // Before it is taken: what makes trouble once would be taken twice, with all that came before it on its page.
        this.after = cursor;
        this.take(event);
      }
      this.after = next;
      if (isLast) return;
    }
  }

  // A type or a kind of resource that this release does not know changes nothing here, in any replica.
  private take({ type, data }: { readonly type: string; readonly data: unknown }): void {
    const parsed = leasingEventSchema.safeParse({ type, data });
    if (!parsed.success) return;
    try {
      this.precedence.take(parsed.data);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
}
