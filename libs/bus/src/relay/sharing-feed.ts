import type { EventStore, FeedPage } from '@missions/event-store';

/** What a relay reads of the log. */
export type FeedReader = Pick<EventStore, 'feed'>;

/**
 * The same feed for several relays of one process: those who ask for the same page at the same time share one query. Woken
 * by the same poke, they nearly always do.
 */
export function sharingFeed(store: FeedReader): FeedReader {
  const underWay = new Map<string, Promise<FeedPage>>();
  return {
    feed: (request) => {
      const key = JSON.stringify([request.after, request.limit, request.streamPrefix]);
      const known = underWay.get(key);
      if (known) return known;
      const page = store.feed(request).finally(() => underWay.delete(key));
      underWay.set(key, page);
      return page;
    },
  };
}
