import { feedCursor } from '@missions/event-store';
import { defaultTopology, type Bus } from '@missions/bus';
import { connectBus } from '@missions/bus/nats';
import { inboxPrefixOf, NATS_USERS, natsUser, type NatsServiceName } from '@missions/local';
import { nkeys } from '@nats-io/transport-node';
import { settle, testNats, type TestNats } from './index.ts';

const keys = new Map(NATS_USERS.map((name) => [name, nkeys.createUser()]));
const opened: Bus[] = [];
const problems: string[] = [];
let nats: TestNats;

function seedOf(name: (typeof NATS_USERS)[number]): string {
  return new TextDecoder().decode(keys.get(name)?.getSeed());
}

async function busOf(name: NatsServiceName): Promise<Bus> {
  const bus = await connectBus({
    servers: [nats.url],
    name,
    login: { nkeySeed: seedOf(name) },
    inboxPrefix: inboxPrefixOf(name),
    onProblem: (error) => {
      problems.push(String(error));
    },
  });
  opened.push(bus);
  return bus;
}

const message = {
  id: 'event-1',
  cursor: feedCursor(1, 1),
  subject: 'evt.0.mission-m1.MissionCreated',
  body: JSON.stringify({ stream: 'mission-m1', version: 1, id: 'event-1', type: 'MissionCreated' }),
  contentType: 'application/json',
};

beforeAll(async () => {
  nats = await testNats({
    users: NATS_USERS.map((name) => natsUser(name, keys.get(name)?.getPublicKey() ?? '')),
    login: { seed: seedOf('admin'), inboxPrefix: inboxPrefixOf('admin') },
  });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});
afterAll(() => nats.stop());

describe('the bus under the logins of the local stack', () => {
  it('relays both streams as orchestrator-decide and delivers to each service', async () => {
    const decide = await busOf('orchestrator-decide');
    for (const stream of [defaultTopology.internal, defaultTopology.public]) {
      const tail = await decide.tail(stream, () => Promise.resolve(true));
      const subject = stream.name === 'PUBLIC' ? 'missions.v1.m1.mission.created' : message.subject;
      expect(await decide.publish(stream, tail.sequence, [{ ...message, subject }])).toBe(1);
    }
    const services = {
      worker: 'worker',
      'resource-lock': 'resource-lock',
      'mission-control': 'mission-control',
      'orchestrator-agents': 'agents',
      'orchestrator-decide': 'decide',
      validator: 'validator',
    };
    for (const [login, service] of Object.entries(services)) {
      const seen: string[] = [];
      const bus = await busOf(login as NatsServiceName);
      const deliveries = bus.deliver({
        service,
        onDelivery: (pointer) => {
          seen.push(pointer.id);
          return Promise.resolve();
        },
      });
      await settle(() => seen.includes('event-1'));
      await deliveries.stop();
    }
    expect(problems).toEqual([]);
  });

  it('carries commands to their owners and pokes to all', async () => {
    const [lock, worker] = await Promise.all([busOf('resource-lock'), busOf('worker')]);
    lock.respond('cmd.resource.claim', 'resource-lock', () => Promise.resolve({ granted: true }));
    expect(await settle(() => worker.request('cmd.resource.claim', {}, { timeoutMs: 1_000 }))).toEqual({
      granted: true,
    });
    const poked: string[] = [];
    lock.onPoke(({ stream }) => void poked.push(stream));
    await settle(() => {
      worker.poke('run-r1', 3);
      return poked.includes('run-r1');
    });
    expect(problems).toEqual([]);
  });
});
