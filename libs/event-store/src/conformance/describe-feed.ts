import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../event-store.ts';
import { compareCursors, type FeedCursor, type FeedEntry } from '../feed.ts';
import type { EventStoreFixture } from './event-store-fixture.ts';
import { newStream, someEvents } from './some-events.ts';

/** Events may appear in the feed a little after their commit. */
const LIMIT_MS = 10_000;

/** What holds of the feed of any event store. */
export function describeFeed<Rows>(name: string, makeFixture: () => Promise<EventStoreFixture<Rows>>): void {
  describe(`the feed of ${name}`, () => {
    let fixture: EventStoreFixture<Rows>;
    let store: EventStore<Rows>;
    beforeAll(async () => {
      fixture = await makeFixture();
      store = fixture.open();
    });
    afterAll(() => fixture.close());

    /** Follows the feed until so many events of the streams have been seen. */
    async function follow(
      streams: readonly string[],
      count: number,
      limit = 50,
    ): Promise<readonly FeedEntry[]> {
      const seen: FeedEntry[] = [];
      let after: FeedCursor | undefined;
      const until = performance.now() + LIMIT_MS;
      while (seen.length < count) {
        if (performance.now() > until)
          throw new Error(`Saw ${String(seen.length)} of ${String(count)} events.`);
        const { events, next } = await store.feed({ after, limit });
        seen.push(...events.filter(({ event }) => streams.includes(event.stream)));
        if (next === after) await pause(5);
        after = next;
      }
      return seen;
    }

    it('has every event once, inside a stream in the order of versions, under many writers', async () => {
      const streams = Array.from({ length: 6 }, () => newStream());
      const writers = Array.from({ length: 12 }, async (_, writer) => {
        for (let round = 0; round < 10; round++) {
          const stream = streams[(writer + round) % streams.length] ?? '';
          const events = someEvents(1 + (round % 3));
          if (round % 4 === 0) {
            await store.transact([stream], (tx) => tx.append({ stream, expectedVersion: 'any', events }));
          } else {
            await store.append({ stream, expectedVersion: 'any', events });
          }
        }
      });
      const [entries] = await Promise.all([follow(streams, 12 * 19), ...writers]);
      for (const stream of streams) {
        const versions = entries
          .filter(({ event }) => event.stream === stream)
          .map(({ event }) => event.version);
        expect(versions).toEqual(Array.from({ length: await store.head(stream) }, (_, index) => index + 1));
      }
      const inOrder = entries.toSorted((a, b) => compareCursors(a.cursor, b.cursor));
      expect(entries.map(({ cursor }) => cursor)).toEqual(inOrder.map(({ cursor }) => cursor));
    });

    it('shows the events as they are read from their streams', async () => {
      const stream = newStream();
      await store.append({ stream, expectedVersion: 0, events: someEvents(2, { token: 3 }) });
      const entries = await follow([stream], 2);
      expect(entries.map(({ event }) => event)).toEqual(await store.read(stream));
    });

    it('goes on behind a cursor', async () => {
      const stream = newStream();
      await store.append({ stream, expectedVersion: 0, events: someEvents(3) });
      const [first, second] = await follow([stream], 3);
      const { events } = await store.feed({ after: first?.cursor, limit: 1 });
      expect(events).toEqual([second]);
    });

    it('stays where it is at the end', async () => {
      const stream = newStream();
      await store.append({ stream, expectedVersion: 0, events: someEvents(1) });
      const [last] = await follow([stream], 1);
      expect(await store.feed({ after: last?.cursor, limit: 10 })).toEqual({
        events: [],
        next: last?.cursor,
        isLast: true,
      });
    });

    it('shows only streams of a prefix, and moves on over the others', async () => {
      const [wanted, other] = [newStream('run'), newStream('resources')];
      await store.append({ stream: wanted, expectedVersion: 0, events: someEvents(1) });
      await store.append({ stream: other, expectedVersion: 0, events: someEvents(3) });
      await follow([other], 3);
      let after: FeedCursor | undefined;
      const seen: string[] = [];
      for (let end = false; !end;) {
        const page = await store.feed({ after, limit: 2, streamPrefix: wanted });
        seen.push(...page.events.map(({ event }) => event.stream));
        if (page.events.length === 2) expect(page.isLast).toBe(false);
        end = page.isLast;
        after = page.next;
      }
      expect(seen).toEqual([wanted]);
      expect(await store.feed({ after, limit: 2, streamPrefix: wanted })).toMatchObject({ events: [] });
    });

    it('tells which streams moved behind a cursor, and how far', async () => {
      const [a, b] = [newStream(), newStream('run')];
      await store.append({ stream: a, expectedVersion: 0, events: someEvents(1) });
      const [before] = await follow([a], 1);
      await store.append({ stream: b, expectedVersion: 0, events: someEvents(2) });
      await store.append({ stream: a, expectedVersion: 1, events: someEvents(3) });
      const last = (await follow([a, b], 6)).at(-1);
      const moved = await store.headsAfter({ after: before?.cursor, limit: 100 });
      expect(moved.heads).toEqual(
        expect.arrayContaining([
          { stream: a, version: 4 },
          { stream: b, version: 2 },
        ]),
      );
      expect(moved.next).toBe(last?.cursor);
      expect(moved.isLast).toBe(true);
      expect(await store.headsAfter({ after: before?.cursor, limit: 1 })).toMatchObject({ isLast: false });
      const runs = await store.headsAfter({ after: before?.cursor, limit: 100, streamPrefix: 'run-' });
      expect(runs.heads).toEqual([{ stream: b, version: 2 }]);
    });

    it('refuses a cursor that is none', async () => {
      await expect(Promise.resolve().then(() => store.feed({ after: 'x', limit: 1 }))).rejects.toThrow(
        RangeError,
      );
    });
  });
}
