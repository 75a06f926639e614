import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../event-store.ts';
import { MAX_EVENT_BYTES } from '../prepared-append.ts';
import type { EventStoreFixture } from './event-store-fixture.ts';
import { anEvent, newStream, someEvents } from './some-events.ts';

/** What holds of appending to any event store. */
export function describeAppending<Rows>(
  name: string,
  makeFixture: () => Promise<EventStoreFixture<Rows>>,
): void {
  describe(`appending to ${name}`, () => {
    let fixture: EventStoreFixture<Rows>;
    let store: EventStore<Rows>;
    beforeAll(async () => {
      fixture = await makeFixture();
      store = fixture.open();
    });
    afterAll(() => fixture.close());

    it('counts versions from 1 without gaps', async () => {
      const stream = newStream();
      const first = await store.append({ stream, expectedVersion: 0, events: someEvents(2) });
      const second = await store.append({ stream, expectedVersion: 2, events: someEvents(1) });
      expect(first).toMatchObject({ stream, version: 2, repeated: false });
      expect(first.events.map(({ version }) => version)).toEqual([1, 2]);
      expect(second).toMatchObject({ version: 3, repeated: false });
      expect(await store.head(stream)).toBe(3);
    });

    it('gives back what a reader will see', async () => {
      const stream = newStream('run');
      const event = anEvent({
        data: {
          text: 'ä\u0000\ud800🙂\u001e\u2028',
          z: 1,
          a: [null, true, 1.5, -0.25, 1e21],
          nested: { b: '', a: {} },
        },
        actor: { kind: 'agent', id: 'run-1', role: 'worker' },
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        token: 7,
      });
      const { events } = await store.append({ stream, expectedVersion: 0, events: [event] });
      const read = await store.read(stream);
      expect(read).toEqual([{ ...event, stream, version: 1 }]);
      expect(read).toEqual(events);
      expect(JSON.stringify(read[0]?.data)).toBe(JSON.stringify(event.data));
    });

    it('refuses another head than the expected one and writes nothing', async () => {
      const stream = newStream();
      await store.append({ stream, expectedVersion: 0, events: someEvents(1) });
      for (const expectedVersion of [0, 2]) {
        await expect(store.append({ stream, expectedVersion, events: someEvents(1) })).rejects.toMatchObject({
          kind: 'conflict',
          stream,
          expected: expectedVersion,
          actual: 1,
        });
      }
      expect(await store.head(stream)).toBe(1);
    });

    it("appends behind any head when 'any' is expected", async () => {
      const stream = newStream();
      await store.append({ stream, expectedVersion: 'any', events: someEvents(1) });
      const { version } = await store.append({ stream, expectedVersion: 'any', events: someEvents(2) });
      expect(version).toBe(3);
    });

    it('lets exactly one of many writers win a version', async () => {
      const stream = newStream();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => store.append({ stream, expectedVersion: 0, events: someEvents(3) })),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.head(stream)).toBe(3);
    });

    it('writes nothing for no events and tells the head', async () => {
      const stream = newStream();
      await store.append({ stream, expectedVersion: 0, events: someEvents(2) });
      const result = await store.append({ stream, expectedVersion: 0, events: [] });
      expect(result).toEqual({ stream, version: 2, events: [], repeated: false });
    });

    describe('ids that are known', () => {
      it.each([0, 2, 'any'] as const)(
        'repeats nothing, whatever is expected (%p)',
        async (expectedVersion) => {
          const stream = newStream();
          const append = { stream, expectedVersion: 0, events: someEvents(2) };
          const first = await store.append(append);
          const again = await store.append({ ...append, expectedVersion });
          expect(again).toEqual({ ...first, repeated: true });
          expect(await store.head(stream)).toBe(2);
        },
      );

      it('tells the version of the repeated events, not the head', async () => {
        const stream = newStream();
        const append = { stream, expectedVersion: 0, events: someEvents(1) };
        await store.append(append);
        await store.append({ stream, expectedVersion: 1, events: someEvents(3) });
        expect(await store.append(append)).toMatchObject({ version: 1, repeated: true });
      });

      it('refuses when only some of them are known', async () => {
        const stream = newStream();
        const events = someEvents(1);
        await store.append({ stream, expectedVersion: 0, events });
        for (const expectedVersion of [1, 'any'] as const) {
          const mixed = { stream, expectedVersion, events: [...events, anEvent()] };
          await expect(store.append(mixed)).rejects.toMatchObject({ code: 'EVENT_ID_TAKEN' });
        }
        expect(await store.head(stream)).toBe(1);
      });

      it('refuses ids of another stream or another type', async () => {
        const stream = newStream();
        const event = anEvent();
        await store.append({ stream: newStream(), expectedVersion: 0, events: [event] });
        const elsewhere = { stream, expectedVersion: 0, events: [event] };
        await expect(store.append(elsewhere)).rejects.toMatchObject({ code: 'EVENT_ID_TAKEN' });
        const known = anEvent();
        await store.append({ stream, expectedVersion: 0, events: [known] });
        const otherType = { stream, expectedVersion: 1, events: [{ ...known, type: 'FeatureReopened' }] };
        await expect(store.append(otherType)).rejects.toMatchObject({ code: 'EVENT_ID_TAKEN' });
      });

      it('writes once when the same append arrives many times at once', async () => {
        const stream = newStream();
        const events = someEvents(2);
        const results = await Promise.all(
          Array.from({ length: 6 }, () => store.append({ stream, expectedVersion: 'any', events })),
        );
        expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
        expect(await store.head(stream)).toBe(2);
      });
    });

    describe('fencing tokens on a run stream', () => {
      const held = async (token: number): Promise<string> => {
        const stream = newStream('run');
        await store.append({ stream, expectedVersion: 0, events: someEvents(1, { token }) });
        return stream;
      };

      it('accepts the highest token again, and a higher one', async () => {
        const stream = await held(5);
        await store.append({ stream, expectedVersion: 1, events: someEvents(1, { token: 5 }) });
        await store.append({ stream, expectedVersion: 2, events: someEvents(1, { token: 9 }) });
        expect((await store.read(stream)).map(({ token }) => token)).toEqual([5, 5, 9]);
      });

      it('refuses a lower token, and none at all', async () => {
        const stream = await held(5);
        for (const stale of [{ token: 4 }, {}]) {
          const append = { stream, expectedVersion: 'any', events: someEvents(1, stale) } as const;
          await expect(store.append(append)).rejects.toMatchObject({
            code: 'STALE_TOKEN',
            evidence: { stream, highest: 5 },
          });
        }
        expect(await store.head(stream)).toBe(1);
      });

      it('does not compare tokens on other streams', async () => {
        const stream = newStream('mission');
        await store.append({ stream, expectedVersion: 0, events: someEvents(1, { token: 5 }) });
        await store.append({ stream, expectedVersion: 1, events: someEvents(1, { token: 2 }) });
        expect(await store.head(stream)).toBe(2);
      });
    });

    describe('what no store holds', () => {
      it.each([
        ['a blank stream name', 'mission 1', [anEvent()]],
        ['an empty id', newStream(), [anEvent({ id: '' })]],
        ['a control character in a type', newStream(), [anEvent({ type: 'A\u001eB' })]],
        ['a schema number below 1', newStream(), [anEvent({ schema: 0 })]],
        ['two events of one id', newStream(), [anEvent({ id: 'x/0' }), anEvent({ id: 'x/0' })]],
        ['different tokens', newStream(), [anEvent({ token: 1 }), anEvent({ token: 2 })]],
        ['data that is not JSON', newStream(), [anEvent({ data: { big: 1n } })]],
      ])('refuses %s', async (_what, stream, events) => {
        const append = { stream, expectedVersion: 'any', events } as const;
        await expect(store.append(append)).rejects.toMatchObject({ code: 'EVENT_MALFORMED' });
      });

      it('refuses an event over 64 KB, counted in bytes, and nothing under it', async () => {
        const stream = newStream();
        const room = MAX_EVENT_BYTES - 400;
        await store.append({ stream, expectedVersion: 0, events: [anEvent({ data: 'x'.repeat(room) })] });
        for (const data of ['x'.repeat(MAX_EVENT_BYTES), 'ä'.repeat(MAX_EVENT_BYTES / 2)]) {
          const append = { stream, expectedVersion: 1, events: [anEvent(), anEvent({ data })] };
          await expect(store.append(append)).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
        }
        expect(await store.head(stream)).toBe(1);
      });

      it('refuses a configured secret anywhere in an event, without telling its value', async () => {
        const value = 'correct "horse" battery\nstaple';
        const guarded = fixture.open({ forbidden: [{ name: 'DB_PASSWORD', value }] });
        const stream = newStream();
        for (const event of [
          anEvent({ data: { output: [`password=${value}`] } }),
          anEvent({ data: { [value]: 1 } }),
          anEvent({ actor: { kind: 'person', id: value } }),
        ]) {
          const refused: unknown = await guarded
            .append({ stream, expectedVersion: 0, events: [event] })
            .catch(String);
          expect(refused).toContain('DB_PASSWORD');
          expect(refused).not.toContain('horse');
        }
        expect(await store.head(stream)).toBe(0);
      });
    });
  });
}
