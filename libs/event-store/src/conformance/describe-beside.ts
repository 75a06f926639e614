import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../event-store.ts';
import type { EventStoreFixture } from './event-store-fixture.ts';
import { newStream, someEvents } from './some-events.ts';

/** What holds of rows that change in the commit of an append, for any event store. */
export function describeBeside<Rows>(
  name: string,
  makeFixture: () => Promise<EventStoreFixture<Rows>>,
): void {
  describe(`beside an append to ${name}`, () => {
    let fixture: EventStoreFixture<Rows>;
    let store: EventStore<Rows>;
    const beside = (argument: unknown) => ({ call: 'note_beside', argument });
    beforeAll(async () => {
      fixture = await makeFixture();
      store = fixture.open();
    });
    afterAll(() => fixture.close());

    it('rows are written with the events, and their answer comes back', async () => {
      const stream = newStream();
      const append = { stream, expectedVersion: 0, events: someEvents(1), beside: beside({ note: stream }) };
      expect(await store.append(append)).toMatchObject({ version: 1, answer: { note: stream } });
      expect(await fixture.noted()).toContain(stream);
    });

    it('nothing is written twice for a repeat', async () => {
      const stream = newStream();
      const append = { stream, expectedVersion: 0, events: someEvents(2), beside: beside({ note: stream }) };
      await store.append(append);
      expect(await store.append(append)).toMatchObject({ version: 2, repeated: true });
      expect((await fixture.noted()).filter((note) => note === stream)).toHaveLength(1);
    });

    it('nothing is written at a conflict', async () => {
      const stream = newStream();
      const append = { stream, expectedVersion: 3, events: someEvents(1), beside: beside({ note: stream }) };
      await expect(store.append(append)).rejects.toMatchObject({ kind: 'conflict' });
      expect(await fixture.noted()).not.toContain(stream);
    });

    it('no event is written when it fails', async () => {
      const stream = newStream();
      const append = { stream, expectedVersion: 0, events: someEvents(1), beside: beside({ note: null }) };
      await expect(store.append(append)).rejects.toThrow('There is nothing to note');
      expect(await store.head(stream)).toBe(0);
    });

    it.each([1, 2])('an argument that is not given is null, for %i events', async (count) => {
      const append = {
        stream: newStream(),
        expectedVersion: 0,
        events: someEvents(count),
        beside: beside(undefined),
      };
      await expect(store.append(append)).rejects.toThrow('There is nothing to note');
    });

    it('of many at once each has its own answer, and one that fails is alone with it', async () => {
      const streams = Array.from({ length: 24 }, () => newStream());
      const made = await Promise.allSettled(
        streams.map((stream, index) =>
          store.append({
            stream,
            expectedVersion: index % 6 === 4 ? 7 : 0,
            events: someEvents(1 + (index % 3)),
            beside: beside({ note: index % 6 === 5 ? null : stream }),
          }),
        ),
      );
      const noted = await fixture.noted();
      for (const [index, stream] of streams.entries()) {
        const outcome = made[index];
        const isWritten = index % 6 < 4;
        expect(outcome).toMatchObject(
          isWritten
            ? { status: 'fulfilled', value: { version: 1 + (index % 3), answer: { note: stream } } }
            : { status: 'rejected' },
        );
        expect(await store.head(stream)).toBe(isWritten ? 1 + (index % 3) : 0);
        expect(noted.filter((note) => note === stream)).toHaveLength(isWritten ? 1 : 0);
      }
    });
  });
}
