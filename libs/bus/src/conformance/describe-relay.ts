import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus } from '../bus.ts';
import { pokingStore } from '../poking-store.ts';
import type { RelayedMessage } from '../relay-target.ts';
import type { RelayOptions } from '../relay/relay.ts';
import { publicRoute } from '../relay/route.ts';
import { publicSubject } from '../topology.ts';
import type { MakeBusFixture } from './bus-fixture.ts';
import { eventually, NEVER_MS, Scene, someEvents } from './scene.ts';

/** What holds of a relay on any bus. */
export function describeRelay<Rows>(name: string, makeFixture: MakeBusFixture<Rows>): void {
  describe(`the relay over ${name}`, () => {
    let scene: Scene<Rows>;
    beforeEach(async () => {
      scene = new Scene(await makeFixture());
    });
    afterEach(() => scene.close());

    it('carries every event once, in the order of the feed', async () => {
      await scene.relay();
      for (let round = 0; round < 10; round += 1) {
        await scene.happened('mission-a', 2);
        await scene.happened('mission-b', 1);
      }
      expect(await scene.untilRelayed(30)).toEqual(await scene.feedIds());
    });

    it('goes on behind the tail when it starts again', async () => {
      await scene.happened('mission-a', 5);
      const first = await scene.relay();
      await scene.untilRelayed(5);
      await first.stop();
      await scene.happened('mission-a', 5);
      await scene.relay();
      expect(await scene.untilRelayed(10)).toEqual(await scene.feedIds());
    });

    it('publishes at once what a poke announces', async () => {
      const bus = await scene.fixture.connect();
      const relay = await scene.relay({ pollMs: NEVER_MS });
      await eventually(() => relay.status().sequence !== undefined);
      const store = pokingStore(scene.store, bus);
      await store.append({ stream: 'mission-a', expectedVersion: 0, events: someEvents(1) });
      expect(await scene.untilRelayed(1)).toEqual(await scene.feedIds());
    });

    it('publishes a moment later what need not be told at once, of each stream how far it has come', async () => {
      const bus = await scene.fixture.connect();
      // What is not told at once is not awaited, where another transaction holds the feed back: the poll finds it then.
      const relay = await scene.relay({ pollMs: 300, atOnce: (stream) => stream !== 'mission-a' });
      await eventually(() => relay.status().sequence !== undefined);
      await scene.happened('mission-a', 2);
      await scene.happened('mission-b', 2);
      const store = pokingStore(scene.store, bus);
      await store.append({ stream: 'mission-a', expectedVersion: 2, events: someEvents(2) });
      const [firstOfAll, , firstOfB, secondOfB, , lastOfA] = await scene.feedIds();
      expect(await scene.untilRelayed(4)).toEqual([firstOfAll, firstOfB, secondOfB, lastOfA]);
    });

    it('leaves no stream behind when two that tell together run at once', async () => {
      const together = { atOnce: () => false };
      await Promise.all([scene.relay({ ...together, batch: 7 }), scene.relay({ ...together, batch: 5 })]);
      const streams = ['mission-a', 'mission-b', 'mission-c'];
      await Promise.all(
        streams.map(async (stream) => {
          for (let round = 0; round < 20; round += 1) await scene.happened(stream, 3);
        }),
      );
      const order = await scene.feedIds();
      const newest = await Promise.all(
        streams.map(async (stream) => (await scene.store.read(stream)).at(-1)?.id),
      );
      await eventually(async () => {
        const told = await scene.publishedMissionIds();
        return newest.every((id) => told.includes(id));
      });
      const told = await scene.publishedMissionIds();
      expect(told).toEqual(order.filter((id) => told.includes(id)));
    });

    it('tells of every page how far its streams have come, also of streams that went on in none behind it', async () => {
      await scene.happened('mission-a', 3);
      await scene.happened('mission-b', 3);
      await scene.relay({ atOnce: () => false, batch: 4 });
      const ids = await scene.feedIds();
      expect(await scene.untilRelayed(4)).toEqual([ids[0], ids[2], ids[3], ids[5]]);
    });

    it('leaves no stream behind when it is stopped between two messages of what it tells together', async () => {
      const before = await scene.relay();
      await scene.happened('mission-c');
      await scene.untilRelayed(1);
      await before.stop();
      await scene.happened('mission-a', 2);
      await scene.happened('mission-b', 3);
      await scene.happened('mission-a', 1);
      const killed = await scene.relay({ bus: dying(await scene.fixture.connect()), atOnce: () => false });
      await scene.untilRelayed(2);
      await killed.stop();
      await scene.relay({ atOnce: () => false, batch: 4 });
      const ids = await scene.feedIds();
      expect(await scene.untilRelayed(3)).toEqual([ids[0], ids[5], ids[6]]);
    });

    it('loses nothing and doubles nothing when two run at once', async () => {
      await Promise.all([scene.relay({ batch: 7 }), scene.relay({ batch: 5 })]);
      const streams = ['mission-a', 'mission-b', 'mission-c'];
      await Promise.all(
        streams.map(async (stream) => {
          for (let round = 0; round < 20; round += 1) await scene.happened(stream, 3);
        }),
      );
      expect(await scene.untilRelayed(180)).toEqual(await scene.feedIds());
    });

    it('fills a wiped bus from the log, also when nothing new happens', async () => {
      await scene.relay();
      await scene.happened('mission-a', 20);
      await scene.untilRelayed(20);
      await scene.fixture.wipe();
      expect(await scene.untilRelayed(20)).toEqual(await scene.feedIds());
      await scene.happened('mission-a', 1);
      expect(await scene.untilRelayed(21)).toEqual(await scene.feedIds());
    });

    it('looks past foreign messages at the tail', async () => {
      const relay = await scene.relay();
      await scene.happened('mission-a', 3);
      await scene.untilRelayed(3);
      await relay.stop();
      await scene.fixture.plant('evt.0.mission-a.SomethingHappened', 'not from a relay');
      await scene.happened('mission-a', 2);
      await scene.relay();
      const ids = await scene.untilRelayed(6);
      expect(ids.filter((id) => id !== undefined)).toEqual(await scene.feedIds());
    });

    it('believes no message that its event lies further on in the log', async () => {
      await scene.happened('mission-a', 3);
      const first = await scene.relay();
      await scene.untilRelayed(3);
      await first.stop();
      const mark = { id: 'forged', cursor: '999999999.1' };
      await scene.fixture.plant('evt.0.mission-a.SomethingHappened', 'forged', mark);
      await scene.happened('mission-a', 2);
      await scene.relay();
      expect(await scene.untilRelayed(5)).toEqual(await scene.feedIds());
    });

    it('is refused when the tail has moved, and stores nothing then', async () => {
      const bus = await scene.fixture.connect();
      const { internal } = scene.fixture.topology;
      const message = (id: string): RelayedMessage => ({
        subject: 'evt.0.mission-a.SomethingHappened',
        id,
        cursor: '1.1',
        body: '{}',
        contentType: 'application/json',
      });
      const { sequence } = await bus.tail(internal, () => Promise.resolve(true));
      await bus.publish(internal, sequence, [message('one'), message('two')]);
      const late = bus.publish(internal, sequence + 1, [message('three'), message('four')]);
      await expect(late).rejects.toMatchObject({ code: 'BUS_TAIL_MOVED' });
      expect(await scene.fixture.published(internal)).toEqual(['one', 'two']);
    });

    it('gets over a foreign message while it runs', async () => {
      const bus = await scene.fixture.connect();
      const relay = await scene.relay({ pollMs: NEVER_MS });
      await scene.happened('mission-a', 3);
      await eventually(() => {
        bus.poke('mission-a', 3);
        return relay.status().relayed === 3;
      });
      await scene.fixture.plant('evt.0.mission-a.SomethingHappened', 'not from a relay');
      await scene.happened('mission-a', 2);
      bus.poke('mission-a', 5);
      const ids = await scene.untilRelayed(6);
      expect(ids.filter((id) => id !== undefined)).toEqual(await scene.feedIds());
    });

    it('publishes only what its route maps', async () => {
      const { topology, published } = scene.fixture;
      const route = publicRoute(topology, ({ stream, version }) =>
        version % 2 === 0 ? { subject: publicSubject(stream, 'even'), body: '{}' } : undefined,
      );
      await scene.relay({ route });
      await scene.happened('mission-a', 5);
      await eventually(async () => (await published(topology.public)).length === 2);
      const ids = await scene.feedIds();
      expect(await published(topology.public)).toEqual([ids[1], ids[3]]);
    });

    it('says what hinders it and how late it is, and goes on when the bus is back', async () => {
      const relay = await scene.relay();
      await scene.happened('mission-a', 1);
      await scene.untilRelayed(1);
      await scene.fixture.fail();
      await scene.happened('mission-a', 1);
      await eventually(() => relay.status().problem !== undefined);
      await scene.fixture.recover();
      expect(await scene.untilRelayed(2)).toEqual(await scene.feedIds());
      await eventually(() => relay.status().problem === undefined && relay.status().lagMs === 0);
    });
  });
}

/** The bus of a process that dies behind the first message it publishes. */
function dying(bus: Bus): RelayOptions['bus'] {
  let isDead = false;
  return {
    onPoke: (handler, options) => bus.onPoke(handler, options),
    tail: (stream, isInLog) => bus.tail(stream, isInLog),
    publish: async (stream, after, messages) => {
      if (!isDead) await bus.publish(stream, after, messages.slice(0, 1));
      isDead = true;
      throw new Error('It was killed.');
    },
  };
}
