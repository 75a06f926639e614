import { MemoryEventStore } from '@missions/event-store/memory';
import { settle, testNats, type TestNats } from '@missions/testing';
import { someEvents } from '../conformance/scene.ts';
import { consume, internalRoute, pokingStore, Relay, type Bus } from '../index.ts';
import { MemoryCursors } from '../memory/index.ts';
import { defaultTopology } from '../topology.ts';
import { connectBus } from './connect-bus.ts';

describe('a nats-server that loses its store', () => {
  let server: TestNats;
  let bus: Bus;
  let stop: () => Promise<void>;
  const applied: number[] = [];
  const log = new MemoryEventStore();

  beforeAll(async () => {
    server = await testNats();
    bus = await connectBus({ servers: [server.url], name: 'decide' });
    const store = pokingStore(log, bus);
    const relay = new Relay({ store, bus, route: internalRoute(defaultTopology), pollMs: 50 });
    await relay.prepare();
    relay.start();
    // Deliveries alone: neither pokes nor sweeps help.
    const deliveries = { deliver: bus.deliver.bind(bus), onPoke: () => ({ stop: () => Promise.resolve() }) };
    const consumption = consume(
      { store, cursors: new MemoryCursors(), bus: deliveries },
      {
        service: 'decide',
        sweepEveryMs: 3_600_000,
        handle: ({ version }) => Promise.resolve(void applied.push(version)),
      },
    );
    await consumption.ready;
    stop = async () => {
      await Promise.all([consumption.stop(), relay.stop()]);
      await bus.close();
    };
  });
  afterAll(async () => {
    await stop();
    await server.stop();
  });

  const happened = (): Promise<unknown> =>
    log.append({ stream: 'mission-a', expectedVersion: 'any', events: someEvents(5) });
  const untilApplied = (count: number): Promise<unknown> =>
    settle(() => applied.length >= count, { limitMs: 20_000 });

  it('is filled again from the log, and everything is applied once and in order', async () => {
    await happened();
    await untilApplied(5);
    await server.wipe();
    await happened();
    await untilApplied(10);
    await server.kill();
    await happened();
    await server.restart();
    await untilApplied(15);
    await server.wipe();
    await happened();
    await untilApplied(20);
    expect(applied).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(bus.status()).toMatchObject({ connected: true, disconnects: 3 });
  });
});
