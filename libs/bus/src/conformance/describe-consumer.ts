import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { delay } from '@missions/kernel';
import type { EventHandler } from '../consumer/consumer.ts';
import { pokingStore } from '../poking-store.ts';
import type { EventPointer } from '../pointer.ts';
import { internalSubject } from '../topology.ts';
import type { MakeBusFixture } from './bus-fixture.ts';
import { eventually, range, recordApplied, Scene, someEvents } from './scene.ts';

/** What holds of a consumer on any bus. */
export function describeConsumer<Rows>(name: string, makeFixture: MakeBusFixture<Rows>): void {
  describe(`a consumer over ${name}`, () => {
    let scene: Scene<Rows>;
    beforeEach(async () => {
      scene = new Scene(await makeFixture());
    });
    afterEach(() => scene.close());

    it('applies what is delivered, once and in the order of each stream', async () => {
      await scene.relay();
      await scene.consumer();
      for (let round = 0; round < 10; round += 1) {
        await scene.happened('mission-a', 2);
        await scene.happened('mission-b', 1);
      }
      await scene.untilApplied('mission-a', range(1, 20));
      await scene.untilApplied('mission-b', range(1, 10));
    });

    it('needs no delivery when it is poked', async () => {
      const bus = await scene.consumer({ unready: true });
      const store = pokingStore(scene.store, bus);
      await store.append({ stream: 'mission-a', expectedVersion: 0, events: someEvents(3) });
      await scene.untilApplied('mission-a', [1, 2, 3]);
    });

    it('finds by its sweep what neither poke nor delivery brought', async () => {
      await scene.consumer({ sweeps: true, unready: true });
      await scene.happened('mission-a', 3);
      await scene.happened('mission-b', 1);
      await scene.untilApplied('mission-a', [1, 2, 3]);
      await scene.untilApplied('mission-b', [1]);
    });

    it('reads the gap from the log when it is told of a later version', async () => {
      await scene.happened('mission-a', 2);
      const bus = await scene.consumer({ unready: true });
      bus.poke('mission-a', 2);
      await scene.untilApplied('mission-a', [1, 2]);
      await scene.happened('mission-a', 3);
      bus.poke('mission-a', 5);
      await scene.untilApplied('mission-a', range(1, 5));
    });

    it('applies nothing twice when everything is delivered again after a wipe', async () => {
      await scene.relay();
      await scene.consumer();
      await scene.happened('mission-a', 10);
      await scene.untilApplied('mission-a', range(1, 10));
      const again = await watch(scene);
      await eventually(() => again.length >= 10);
      await scene.fixture.wipe();
      await eventually(() => again.length >= 20);
      await scene.happened('mission-a', 1);
      await scene.untilApplied('mission-a', range(1, 11));
    });

    it('goes on with deliveries after a wipe', async () => {
      await scene.relay();
      await scene.consumer();
      await scene.happened('mission-a', 3);
      await scene.untilApplied('mission-a', range(1, 3));
      await scene.fixture.wipe();
      await scene.happened('mission-a', 3);
      await scene.untilApplied('mission-a', range(1, 6));
    });

    it('shares the work among replicas without doubling or reordering', async () => {
      await scene.relay();
      await Promise.all([scene.consumer({ sweeps: true }), scene.consumer({ sweeps: true })]);
      const store = pokingStore(scene.store, await scene.fixture.connect());
      const streams = ['mission-a', 'mission-b', 'mission-c', 'mission-d'];
      await Promise.all(
        streams.map(async (stream) => {
          for (let round = 0; round < 10; round += 1) {
            await store.append({ stream, expectedVersion: 'any', events: someEvents(2) });
          }
        }),
      );
      for (const stream of streams) await scene.untilApplied(stream, range(1, 20));
    });

    it('lets one replica at a time handle a stream', async () => {
      let handling = 0;
      let most = 0;
      let commits = 0;
      const handle: EventHandler<Rows> = async (_event, { afterCommit }) => {
        handling += 1;
        most = Math.max(most, handling);
        afterCommit(() => (commits += 1));
        await delay(40);
        handling -= 1;
      };
      const options = { handle, locks: () => [], sweeps: true, unready: true, batch: 1 };
      await Promise.all([scene.consumer(options), scene.consumer(options)]);
      await scene.happened('mission-a', 5);
      await eventually(async () => {
        const { version } = await scene.fixture.cursors.position('decide', 'mission-a');
        return version === 5 && handling === 0;
      });
      expect({ most, commits }).toEqual({ most: 1, commits: 5 });
    });

    it('goes on by its sweep while the bus is away', async () => {
      await scene.relay();
      await scene.consumer({ sweeps: true });
      await scene.happened('mission-a', 1);
      await scene.untilApplied('mission-a', [1]);
      await scene.fixture.fail();
      await scene.happened('mission-a', 2);
      await scene.untilApplied('mission-a', [1, 2, 3]);
      await scene.fixture.recover();
    });

    it('is delivered to again when the bus is back', async () => {
      await scene.relay();
      await scene.consumer();
      await scene.fixture.fail();
      await scene.happened('mission-a', 2);
      await scene.fixture.recover();
      await scene.untilApplied('mission-a', [1, 2]);
    });

    it('leaves streams with another prefix alone', async () => {
      await scene.relay();
      await scene.consumer();
      await scene.happened('run-a', 2);
      await scene.happened('mission-a', 1);
      await scene.untilApplied('mission-a', [1]);
      expect(await scene.applied('run-a')).toEqual([]);
    });

    it('does nothing about a pointer to an event that is not in the log', async () => {
      const event = { stream: 'mission-a', version: 7, id: 'forged', type: 'MissionApproved' };
      await scene.relay();
      await scene.happened('mission-a', 1);
      await scene.untilRelayed(1);
      await scene.fixture.plant(internalSubject(event), JSON.stringify(event));
      await scene.fixture.plant(internalSubject(event), 'not even a pointer');
      await scene.consumer();
      await scene.happened('mission-a', 1);
      await scene.untilApplied('mission-a', [1, 2]);
    });

    it('lets the handler finish when it stops', async () => {
      const entered = Promise.withResolvers<undefined>();
      const mayEnd = Promise.withResolvers<undefined>();
      const bus = await scene.consumer({
        unready: true,
        handle: async (event, context) => {
          entered.resolve(undefined);
          await mayEnd.promise;
          await recordApplied(event, context);
        },
      });
      await scene.happened('mission-a', 1);
      bus.poke('mission-a', 1);
      await entered.promise;
      const stopped = scene.stop();
      mayEnd.resolve(undefined);
      await stopped;
      expect(await scene.applied('mission-a')).toEqual([1]);
    });

    it('runs effects after the commit only', async () => {
      const seen: string[] = [];
      let tries = 0;
      const bus = await scene.consumer({
        unready: true,
        handle: async (event, context) => {
          tries += 1;
          context.afterCommit(() => seen.push(`try ${String(tries)}`));
          await recordApplied(event, context);
          if (tries === 1) throw new Error('once');
        },
      });
      await scene.happened('mission-a', 1);
      bus.poke('mission-a', 1);
      await eventually(() => seen.length > 0);
      expect(seen).toEqual(['try 2']);
      expect(await scene.applied('mission-a')).toEqual([1]);
    });
  });
}

/** Counts what is delivered, without handling it. */
async function watch<Rows>(scene: Scene<Rows>): Promise<readonly EventPointer[]> {
  const delivered: EventPointer[] = [];
  const bus = await scene.fixture.connect();
  const onDelivery = (pointer: EventPointer): Promise<void> => {
    if (pointer.stream.startsWith('mission-')) delivered.push(pointer);
    return Promise.resolve();
  };
  await bus.deliver({ service: 'watcher', onDelivery }).ready;
  return delivered;
}
