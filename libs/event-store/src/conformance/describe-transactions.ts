import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../event-store.ts';
import type { EventStoreFixture } from './event-store-fixture.ts';
import { newStream, someEvents } from './some-events.ts';

/** What holds of transactions of any event store. */
export function describeTransactions<Rows>(
  name: string,
  makeFixture: () => Promise<EventStoreFixture<Rows>>,
): void {
  describe(`transactions of ${name}`, () => {
    let fixture: EventStoreFixture<Rows>;
    let store: EventStore<Rows>;
    beforeAll(async () => {
      fixture = await makeFixture();
      store = fixture.open();
    });
    afterAll(() => fixture.close());

    it('commit several streams together, and see their own events before', async () => {
      const [a, b] = [newStream(), newStream('resources')];
      const seen = await store.transact([a, b], async (tx) => {
        await tx.append({ stream: a, expectedVersion: 0, events: someEvents(2) });
        await tx.append({ stream: b, expectedVersion: 0, events: someEvents(1) });
        await tx.append({ stream: a, expectedVersion: 2, events: someEvents(1) });
        const outside = await store.head(a);
        return { head: await tx.head(a), read: (await tx.read(a, { after: 1 })).length, outside };
      });
      expect(seen).toEqual({ head: 3, read: 2, outside: 0 });
      expect([await store.head(a), await store.head(b)]).toEqual([3, 1]);
    });

    it('leave nothing behind when the work throws, and pass its error on', async () => {
      const [a, b] = [newStream(), newStream()];
      const failed = store.transact([a, b], async (tx) => {
        await tx.append({ stream: a, expectedVersion: 0, events: someEvents(1) });
        await tx.append({ stream: b, expectedVersion: 5, events: someEvents(1) });
      });
      await expect(failed).rejects.toMatchObject({ kind: 'conflict', stream: b });
      expect([await store.head(a), await store.head(b)]).toEqual([0, 0]);
    });

    it('recognise a repeated append and go on', async () => {
      const stream = newStream();
      const append = { stream, expectedVersion: 0, events: someEvents(2) };
      await store.append(append);
      const results = await store.transact([stream], async (tx) => [
        await tx.append({ ...append, expectedVersion: 2 }),
        await tx.append({ stream, expectedVersion: 2, events: someEvents(1) }),
      ]);
      expect(results.map(({ repeated, version }) => ({ repeated, version }))).toEqual([
        { repeated: true, version: 2 },
        { repeated: false, version: 3 },
      ]);
    });

    it('refuse a stream that was not locked', async () => {
      const failed = store.transact([newStream()], (tx) =>
        tx.append({ stream: newStream(), expectedVersion: 0, events: someEvents(1) }),
      );
      await expect(failed).rejects.toThrow('not locked');
    });

    it('let nobody in between a read and the append that follows from it', async () => {
      const stream = newStream();
      await Promise.all(
        Array.from({ length: 10 }, () =>
          store.transact([stream], async (tx) => {
            const events = someEvents(1, { data: { sees: await tx.head(stream) } });
            await tx.append({ stream, expectedVersion: await tx.head(stream), events });
          }),
        ),
      );
      const seen = (await store.read(stream)).map(({ data }) => (data as { sees: number }).sees);
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('never wait for each other in a circle', async () => {
      const [a, b] = [newStream(), newStream()];
      const both = (streams: readonly string[]): Promise<void> =>
        store.transact(streams, async (tx) => {
          for (const stream of streams) {
            await tx.append({ stream, expectedVersion: 'any', events: someEvents(1) });
          }
        });
      await Promise.all(Array.from({ length: 12 }, (_, index) => both(index % 2 === 0 ? [a, b] : [b, a])));
      expect([await store.head(a), await store.head(b)]).toEqual([12, 12]);
    });

    it('make others wait for a locked stream, but not for ever', async () => {
      const stream = newStream();
      const impatient = fixture.open({ waitMs: 100 });
      await store.transact([stream], async () => {
        const append = impatient.append({ stream, expectedVersion: 0, events: someEvents(1) });
        await expect(append).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', transient: true });
      });
      expect(await impatient.append({ stream, expectedVersion: 0, events: someEvents(1) })).toMatchObject({
        version: 1,
      });
    });
  });
}
