import { jetstreamManager, type ConsumerConfig } from '@nats-io/jetstream';
import { connect, nkeys } from '@nats-io/transport-node';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { settle, testNats, type TestNats } from '@missions/testing';
import { internalRoute, Relay } from '../index.ts';
import { MemoryEventStore } from '@missions/event-store/memory';
import { defaultTopology } from '../topology.ts';
import { connectBus } from './connect-bus.ts';

describe('connecting to the bus', () => {
  let server: TestNats;
  beforeAll(async () => {
    server = await testNats();
  });
  afterAll(() => server.stop());

  it('fails within its limit, and says why, when nothing listens there', async () => {
    const started = performance.now();
    const connecting = connectBus({ servers: ['nats://127.0.0.1:1'], name: 'decide', limitMs: 300 });
    await expect(connecting).rejects.toMatchObject({
      code: 'BUS_DISCONNECTED',
      message: expect.stringMatching(
        /nats:\/\/127\.0\.0\.1:1 was not reached within 300 ms: .*refused/,
      ) as unknown,
    });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('fails within its limit when something listens that says nothing', async () => {
    const started = performance.now();
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const connecting = connectBus({ servers: [`127.0.0.1:${String(port)}`], name: 'decide', limitMs: 300 });
    await expect(connecting).rejects.toMatchObject({ code: 'BUS_DISCONNECTED' });
    expect(performance.now() - started).toBeLessThan(2_000);
    // NOTE: the client forgets to close a socket that never answered.
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  it('can be given up', async () => {
    const giveUp = new AbortController();
    const connecting = connectBus({
      servers: ['nats://127.0.0.1:1'],
      name: 'decide',
      signal: giveUp.signal,
    });
    giveUp.abort(new Error('enough'));
    await expect(connecting).rejects.toMatchObject({ code: 'BUS_ABORTED' });
  });

  it('may go on without a server, and finds it when it comes', async () => {
    const late = await testNats();
    await late.stop();
    const bus = await connectBus({ servers: [late.url], name: 'decide', limitMs: 100, mayBeAway: true });
    expect(bus.status()).toMatchObject({ connected: false });
    bus.poke('mission-a', 1);
    await late.restart();
    await settle(() => bus.status().connected);
    await bus.close();
    await late.stop();
  });

  it('is told apart from a login that is refused', async () => {
    const known = nkeys.createUser();
    const guarded = await testNats({
      users: [
        { name: 'known', publicKey: known.getPublicKey(), publish: ['>'], subscribe: ['>'], answers: true },
      ],
      login: { seed: new TextDecoder().decode(known.getSeed()), inboxPrefix: '_INBOX' },
    });
    const connecting = connectBus({ servers: [guarded.url], name: 'decide', limitMs: 5_000 });
    await expect(connecting).rejects.toMatchObject({
      code: 'BUS_FORBIDDEN',
      message: expect.stringContaining('refused the login of decide') as unknown,
    });
    await guarded.stop();
  });

  it('closes at once and for good', async () => {
    const bus = await connectBus({ servers: [server.url], name: 'decide' });
    await bus.close();
    await bus.close();
    expect(bus.status().connected).toBe(false);
    await expect(bus.request('cmd.x', {}, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'BUS_DISCONNECTED',
    });
  });
});

describe('a stream or consumer of another form', () => {
  let server: TestNats;
  beforeEach(async () => {
    server = await testNats();
  });
  afterEach(() => server.stop());

  it('is refused by the relay, with what differs', async () => {
    await withManager(server, (manager) =>
      manager.streams.add({ name: 'EVENTS', subjects: ['evt.>'], max_msgs: 7 }),
    );
    const bus = await connectBus({ servers: [server.url], name: 'decide' });
    const route = internalRoute(defaultTopology);
    const relay = new Relay({ store: new MemoryEventStore(), bus, route });
    await expect(relay.prepare()).rejects.toMatchObject({
      code: 'BUS_TOPOLOGY',
      message: expect.stringContaining('stream EVENTS: max_msgs is 7, needed is 1000000') as unknown,
    });
    await bus.close();
  });

  it('is refused by a consumer, with what differs', async () => {
    await makeConsumer(server, { max_deliver: 3 });
    const bus = await connectBus({ servers: [server.url], name: 'worker' });
    const deliveries = bus.deliver({ service: 'worker', onDelivery: () => Promise.resolve() });
    await expect(deliveries.ready).rejects.toMatchObject({
      code: 'BUS_TOPOLOGY',
      message: expect.stringContaining('consumer worker-p5: max_deliver is 3, needed is -1') as unknown,
    });
    await bus.close();
  });

  it('is made to fit by a consumer, where only limits differ', async () => {
    await makeConsumer(server, { ack_wait: 5_000_000_000, max_ack_pending: 1, max_deliver: -1 });
    const bus = await connectBus({ servers: [server.url], name: 'worker' });
    await bus.deliver({ service: 'worker', onDelivery: () => Promise.resolve() }).ready;
    await bus.close();
    await withManager(server, async (manager) => {
      const { config } = await manager.consumers.info('EVENTS', 'worker-p5');
      expect(config).toMatchObject({ ack_wait: 30_000_000_000, max_ack_pending: 16 });
    });
  });
});

/** The worker's consumer of a partition, as somebody else made it. */
function makeConsumer(server: TestNats, limits: Partial<ConsumerConfig>): Promise<void> {
  return withManager(server, async (manager) => {
    await manager.streams.add({ name: 'EVENTS', subjects: ['evt.>'] });
    await manager.consumers.add('EVENTS', {
      durable_name: 'worker-p5',
      filter_subject: 'evt.5.>',
      ack_policy: 'explicit',
      ...limits,
    });
  });
}

async function withManager(
  server: TestNats,
  work: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<unknown>,
): Promise<void> {
  const connection = await connect({ servers: server.url });
  await work(await jetstreamManager(connection));
  await connection.close();
}
