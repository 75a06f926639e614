import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditStreams, type StreamAudit } from '../audit.ts';
import type { EventStoreFixture } from './event-store-fixture.ts';
import { anEvent, newStream, someEvents } from './some-events.ts';

/** What holds of reading from any event store. */
export function describeReading<Rows>(
  name: string,
  makeFixture: () => Promise<EventStoreFixture<Rows>>,
): void {
  describe(`reading from ${name}`, () => {
    let fixture: EventStoreFixture<Rows>;
    beforeAll(async () => {
      fixture = await makeFixture();
    });
    afterAll(() => fixture.close());

    it('finds an unknown stream empty', async () => {
      const store = fixture.open();
      expect(await store.read(newStream())).toEqual([]);
      expect(await store.head(newStream())).toBe(0);
    });

    it('reads behind a version, up to a limit', async () => {
      const store = fixture.open();
      const stream = newStream();
      await store.append({ stream, expectedVersion: 0, events: someEvents(7) });
      const versions = async (options: { after?: number; limit?: number }): Promise<readonly number[]> =>
        (await store.read(stream, options)).map(({ version }) => version);
      expect(await versions({})).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(await versions({ after: 3, limit: 2 })).toEqual([4, 5]);
      expect(await versions({ after: 6, limit: 10 })).toEqual([7]);
      expect(await versions({ after: 7 })).toEqual([]);
    });

    it('brings old events to their newest schema and leaves the log as it is', async () => {
      const stream = newStream();
      const old = anEvent({ type: 'Renamed', data: { title: 'a' } });
      await fixture.open().append({ stream, expectedVersion: 0, events: [old, anEvent()] });
      const upcasting = fixture.open({
        upcasters: [
          { type: 'Renamed', fromSchema: 2, upcast: (data) => ({ ...(data as object), third: true }) },
          { type: 'Renamed', fromSchema: 1, upcast: (data) => ({ name: (data as { title: string }).title }) },
        ],
      });
      const [read, other] = await upcasting.read(stream);
      expect(read).toMatchObject({ schema: 3, data: { name: 'a', third: true } });
      expect(other).toMatchObject({ schema: 1 });
      const { events } = await upcasting.transact([stream], async (tx) => ({
        events: await tx.read(stream),
      }));
      expect(events[0]).toEqual(read);
      expect((await fixture.open().read(stream))[0]).toMatchObject({ schema: 1, data: { title: 'a' } });
    });

    it('refuses two upcasters for one schema', () => {
      const upcaster = { type: 'Renamed', fromSchema: 1, upcast: (data: unknown) => data };
      expect(() => fixture.open({ upcasters: [upcaster, upcaster] })).toThrow('Renamed');
    });

    it('passes the audit: every hash fits, no version is missing', async () => {
      const store = fixture.open();
      const stream = newStream('run');
      await store.append({ stream, expectedVersion: 0, events: someEvents(1) });
      await store.append({
        stream,
        expectedVersion: 1,
        events: someEvents(3, { token: 4, data: 'ä\n\u0000' }),
      });
      await store.transact([stream], (tx) =>
        tx.append({ stream, expectedVersion: 4, events: someEvents(1_000, { token: 4 }) }),
      );
      const audits = await all(auditStreams({ source: store, stream }));
      expect(audits).toEqual([
        { stream, versions: 1_004, head: expect.stringMatching(/^[0-9a-f]{64}$/), ok: true },
      ]);
    });

    it('audits every stream when none is named', async () => {
      const store = fixture.open();
      const streams = [newStream(), newStream('resources')];
      for (const stream of streams) await store.append({ stream, expectedVersion: 0, events: someEvents(2) });
      const audits = await all(auditStreams({ source: store }));
      expect(audits.map(({ stream }) => stream)).toEqual(expect.arrayContaining(streams));
      expect(audits.every(({ ok }) => ok)).toBe(true);
    });
  });
}

async function all(audits: AsyncIterable<StreamAudit>): Promise<readonly StreamAudit[]> {
  const result: StreamAudit[] = [];
  for await (const audit of audits) result.push(audit);
  return result;
}
