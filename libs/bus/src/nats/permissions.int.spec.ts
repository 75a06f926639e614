import { MemoryEventStore } from '@missions/event-store/memory';
import { inboxPrefixOf, NATS_USERS, natsUser, type NatsUserName } from '@missions/local';
import { settle, testNats, type TestNats } from '@missions/testing';
import { nkeys } from '@nats-io/transport-node';
import { someEvents } from '../conformance/scene.ts';
import { consume, internalRoute, pokingStore, Relay, type Bus } from '../index.ts';
import { MemoryCursors } from '../memory/index.ts';
import { defaultTopology } from '../topology.ts';
import { connectBus } from './connect-bus.ts';

const KEYS = new Map(NATS_USERS.map((name) => [name, nkeys.createUser()]));

/** The bus with exactly the permissions that the local stack gives to each service. */
describe('the bus under the permissions of the services', () => {
  let server: TestNats;
  const buses: Bus[] = [];
  const problems: unknown[] = [];
  beforeAll(async () => {
    server = await testNats({
      users: NATS_USERS.map((name) => natsUser(name, KEYS.get(name)?.getPublicKey() ?? '')),
      login: { seed: seedOf('admin'), inboxPrefix: inboxPrefixOf('admin') },
    });
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
    problems.length = 0;
  });
  afterAll(() => server.stop());

  const as = async (name: NatsUserName): Promise<Bus> => {
    const bus = await connectBus({
      servers: [server.url],
      name,
      login: { nkeySeed: seedOf(name) },
      inboxPrefix: inboxPrefixOf(name),
      onProblem: (error) => problems.push(error),
    });
    buses.push(bus);
    return bus;
  };

  it('lets the relay relay and every service consume', async () => {
    const decide = await as('orchestrator-decide');
    const store = pokingStore(new MemoryEventStore(), decide);
    const relay = new Relay({ store, bus: decide, route: internalRoute(defaultTopology), pollMs: 50 });
    await relay.prepare();
    relay.start();
    const applied: string[] = [];
    const services = {
      decide: 'orchestrator-decide',
      worker: 'worker',
      'resource-lock': 'resource-lock',
    } as const;
    const consumptions = await Promise.all(
      Object.entries(services).map(async ([service, user]) => {
        const bus = await as(user);
        const deliveriesOnly = { deliver: bus.deliver.bind(bus), onPoke: () => ({ stop: nothing }) };
        const handle = (): Promise<void> => Promise.resolve(void applied.push(service));
        const parts = { store, cursors: new MemoryCursors(), bus: deliveriesOnly };
        return consume(parts, { service, handle, sweepEveryMs: 3_600_000 });
      }),
    );
    await Promise.all(consumptions.map(({ ready }) => ready));
    await store.append({ stream: 'mission-a', expectedVersion: 0, events: someEvents(2) });
    await settle(() => applied.length === 6);
    await Promise.all([...consumptions, relay].map((one) => one.stop()));
    expect(problems).toEqual([]);
  });

  it('lets a worker command the owner of missions, and poke', async () => {
    const [decide, worker] = [await as('orchestrator-decide'), await as('worker')];
    const poked: string[] = [];
    decide.onPoke(({ stream }) => poked.push(stream));
    decide.respond('cmd.mission.ConcludeRun', 'decide', (payload) => Promise.resolve({ done: payload }));
    await settle(async () => {
      worker.poke('mission-a', 1);
      const answer = await worker.request('cmd.mission.ConcludeRun', { run: 'r1' }, { timeoutMs: 2_000 });
      expect(answer).toEqual({ done: { run: 'r1' } });
      return poked.includes('mission-a');
    });
  });

  it('lets nobody but the relay publish events', async () => {
    const worker = await as('worker');
    const message = {
      subject: 'evt.0.mission-a.Forged',
      id: 'x',
      cursor: '1.1',
      body: '{}',
      contentType: 'application/json',
    };
    await expect(worker.publish(defaultTopology.internal, 0, [message])).rejects.toMatchObject({
      code: 'BUS_FORBIDDEN',
    });
  });
});

function seedOf(name: NatsUserName): string {
  return new TextDecoder().decode(KEYS.get(name)?.getSeed());
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
