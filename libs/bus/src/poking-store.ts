import type { AppendResult, EventStore } from '@missions/event-store';
import type { Poker } from './pokes.ts';

/** The same store, which pokes after every commit, so that relay and consumers need not wait for their next poll. */
export function pokingStore<Rows>(store: EventStore<Rows>, poker: Poker): EventStore<Rows> {
  const poke = ({ stream, version, repeated }: AppendResult): void => {
    if (!repeated) poker.poke(stream, version);
  };
  return {
    read: (stream, options) => store.read(stream, options),
    head: (stream) => store.head(stream),
    feed: (request) => store.feed(request),
    headsAfter: (request) => store.headsAfter(request),
    append: async (append) => {
      const result = await store.append(append);
      poke(result);
      return result;
    },
    transact: async (streams, work) => {
      const appended: AppendResult[] = [];
      const outcome = await store.transact(streams, (tx) =>
        work({
          rows: tx.rows,
          read: (stream, options) => tx.read(stream, options),
          head: (stream) => tx.head(stream),
          append: async (append) => {
            const result = await tx.append(append);
            appended.push(result);
            return result;
          },
        }),
      );
      appended.forEach(poke);
      return outcome;
    },
  };
}
