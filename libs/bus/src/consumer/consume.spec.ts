import { MemoryEventStore } from '@missions/event-store/memory';
import { settle } from '@missions/testing';
import { someEvents } from '../conformance/scene.ts';
import type { DeliveryRequest } from '../delivery-source.ts';
import { MemoryCursors } from '../memory/memory-cursors.ts';
import type { Poke } from '../pokes.ts';
import { consume } from './consume.ts';
import type { Consumption } from './consumer.ts';

const SLOTS = 2;
const nothing = (): Promise<void> => Promise.resolve();

class CountingCursors extends MemoryCursors {
  asked = 0;

  override position(consumer: string, stream: string): ReturnType<MemoryCursors['position']> {
    this.asked += 1;
    return super.position(consumer, stream);
  }
}

describe('a consumer with more deliveries than slots', () => {
  let store: MemoryEventStore;
  let cursors: CountingCursors;
  let deliver: DeliveryRequest['onDelivery'];
  let poke: (poke: Poke) => void;
  let handled: string[];
  let held: PromiseWithResolvers<undefined>;
  let consumption: Consumption;
  beforeEach(() => {
    store = new MemoryEventStore();
    cursors = new CountingCursors();
    handled = [];
    held = Promise.withResolvers();
    const bus = {
      deliver: ({ onDelivery }: DeliveryRequest) => {
        deliver = onDelivery;
        return { ready: nothing(), stop: nothing };
      },
      onPoke: (handler: typeof poke) => {
        poke = handler;
        return { stop: nothing };
      },
    };
    const handle = async ({ stream }: { readonly stream: string }): Promise<void> => {
      handled.push(stream);
      await held.promise;
    };
    consumption = consume(
      { store, cursors, bus },
      { service: 'decide', handle, concurrency: SLOTS, sweepEveryMs: 3_600_000 },
    );
  });
  afterEach(async () => {
    held.resolve(undefined);
    await consumption.stop();
  });

  const happened = (stream: string, count = 1): Promise<unknown> =>
    store.append({ stream, expectedVersion: 'any', events: someEvents(count) });
  const deliveredTo = (stream: string, versions: number): readonly Promise<void>[] =>
    Array.from({ length: versions }, (_, index) => deliver({ stream, version: index + 1, id: '', type: '' }));

  it('asks for cursors in its slots only, and once for all that is told of a stream', async () => {
    const streams = Array.from({ length: 50 }, (_, index) => `mission-${String(index)}`);
    for (const stream of streams) await happened(stream, 3);
    const delivered = streams.flatMap((stream) => deliveredTo(stream, 3));
    await settle(() => handled.length === SLOTS);
    // Each run asks before its transaction and in it.
    expect(cursors.asked).toBe(2 * SLOTS);
    held.resolve(undefined);
    await Promise.all(delivered);
    expect(new Set(handled).size).toBe(streams.length);
  });

  it('asks nothing about what another replica has applied and it has looked at once', async () => {
    await happened('mission-a', 3);
    await cursors.move(undefined, 'decide', { stream: 'mission-a', version: 3 });
    await Promise.all(deliveredTo('mission-a', 3));
    const { asked } = cursors;
    await Promise.all(deliveredTo('mission-a', 3));
    expect(cursors.asked).toBe(asked);
    expect(handled).toEqual([]);
  });

  it('lets a stream that is poked go by turns with those that are delivered', async () => {
    const streams = ['a', 'b', 'c', 'd', 'e'];
    for (const stream of [...streams, 'poked']) await happened(stream);
    const delivered = streams.flatMap((stream) => deliveredTo(stream, 1));
    await settle(() => handled.length === SLOTS);
    poke({ stream: 'poked', version: 1 });
    held.resolve(undefined);
    await Promise.all(delivered);
    expect(handled.indexOf('poked')).toBe(SLOTS);
  });
});
