import {
  connect,
  createInbox,
  nkeyAuthenticator,
  nkeys,
  type Msg,
  type NatsConnection,
} from '@nats-io/transport-node';
import { settle, testNats, type TestNats } from '@missions/testing';
import { inboxPrefixOf, NATS_USERS, natsUser, type NatsUserName } from './nats-permissions.ts';

const keys = new Map(NATS_USERS.map((name) => [name, nkeys.createUser()]));
const opened: NatsConnection[] = [];
let nats: TestNats;

function seedOf(name: NatsUserName): Uint8Array {
  const key = keys.get(name);
  if (key === undefined) throw new Error(`No key for ${name}.`);
  return key.getSeed();
}

async function as(name: NatsUserName): Promise<NatsConnection> {
  const connection = await connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(seedOf(name)),
    inboxPrefix: inboxPrefixOf(name),
  });
  opened.push(connection);
  return connection;
}

/** The error a JetStream API request is answered with, if any; a refused publish never gets an answer. */
async function api(connection: NatsConnection, subject: string, body: object = {}): Promise<string> {
  const reply = await connection
    .request(`$JS.API.${subject}`, JSON.stringify(body), { timeout: 300 })
    .catch((error: unknown) => error as Error);
  if (reply instanceof Error) return `refused: ${reply.message}`;
  return reply.json<{ error?: { description: string } }>().error?.description ?? 'ok';
}

/** A pulled message arrives in the inbox under its own subject, so a plain request would not recognise it. */
async function nextMessage(connection: NatsConnection, consumer: string): Promise<Msg> {
  const inbox = createInbox(inboxPrefixOf('worker'));
  const subscription = connection.subscribe(inbox, { max: 1, timeout: 2_000 });
  connection.publish(`$JS.API.CONSUMER.MSG.NEXT.EVENTS.${consumer}`, JSON.stringify({ batch: 1 }), {
    reply: inbox,
  });
  for await (const message of subscription) return message;
  throw new Error(`${consumer} delivered nothing.`);
}

const EVENTS = { name: 'EVENTS', subjects: ['evt.>'], storage: 'file' };

beforeAll(async () => {
  nats = await testNats({
    users: NATS_USERS.map((name) => natsUser(name, keys.get(name)?.getPublicKey() ?? '')),
    login: { seed: new TextDecoder().decode(seedOf('admin')), inboxPrefix: inboxPrefixOf('admin') },
  });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
});
afterAll(() => nats.stop());

describe('on the bus of the local stack', () => {
  it('the relay makes the streams and publishes events, nobody else does', async () => {
    const decide = await as('orchestrator-decide');
    expect(await api(decide, 'STREAM.CREATE.EVENTS', EVENTS)).toBe('ok');
    expect(
      await api(decide, 'STREAM.CREATE.PUBLIC', { ...EVENTS, name: 'PUBLIC', subjects: ['missions.v1.>'] }),
    ).toBe('ok');
    const ack = await decide.request('evt.3.mission-m1.MissionCreated', '{}', { timeout: 1_000 });
    expect(ack.json()).toMatchObject({ stream: 'EVENTS', seq: 1 });

    const worker = await as('worker');
    await expect(worker.request('evt.3.mission-m1.MissionCreated', '{}', { timeout: 300 })).rejects.toThrow(
      /permission/i,
    );
    expect(await api(worker, 'STREAM.CREATE.MINE', { ...EVENTS, name: 'MINE', subjects: ['mine'] })).toMatch(
      /^refused/,
    );
  });

  it('a service has its own durable consumers and no others', async () => {
    const worker = await as('worker');
    const config = {
      durable_name: 'worker-p3',
      ack_policy: 'explicit',
      max_ack_pending: 1,
      filter_subject: 'evt.3.>',
    };
    expect(
      await api(worker, 'CONSUMER.CREATE.EVENTS.worker-p3.evt.3.>', {
        stream_name: 'EVENTS',
        config: { ...config, name: 'worker-p3' },
      }),
    ).toBe('ok');
    const message = await nextMessage(worker, 'worker-p3');
    expect(message.subject).toBe('evt.3.mission-m1.MissionCreated');
    const { reply = '' } = message;
    expect((await worker.request(reply, '+ACK', { timeout: 1_000 })).data).toHaveLength(0);
    await expect(worker.request(reply, '+ACK', { timeout: 300 })).rejects.toThrow(/permission/i);
    const forged = reply.replace('worker-p3', 'validator-p3');
    await expect(worker.request(forged, '+ACK', { timeout: 300 })).rejects.toThrow(/permission/i);
    expect(
      await api(worker, 'CONSUMER.DURABLE.CREATE.EVENTS.validator-p3', {
        stream_name: 'EVENTS',
        config: { ...config, durable_name: 'validator-p3' },
      }),
    ).toMatch(/^refused/);
  });

  it.each(NATS_USERS)('%s may neither delete nor purge', async (name) => {
    const connection = await as(name);
    expect(await api(connection, 'STREAM.DELETE.EVENTS')).toMatch(/^refused/);
    expect(await api(connection, 'STREAM.PURGE.EVENTS')).toMatch(/^refused/);
    expect(await api(connection, 'STREAM.MSG.DELETE.EVENTS', { seq: 1 })).toMatch(/^refused/);
  });

  it('a command reaches its owner and its answer only the one who asked', async () => {
    const [lock, worker, validator] = await Promise.all([as('resource-lock'), as('worker'), as('validator')]);
    lock.subscribe('cmd.resource.>', {
      queue: 'resource-lock',
      callback: (_error, message) => {
        message.respond('granted');
      },
    });
    await lock.flush();
    const overheard = validator.subscribe('_INBOX_worker.>');
    expect((await worker.request('cmd.resource.claim', '{}', { timeout: 2_000 })).string()).toBe('granted');
    await settle(() => overheard.isClosed());
    const stolen = validator.subscribe('cmd.resource.>');
    await settle(() => stolen.isClosed());
  });

  it('every service pokes and is poked', async () => {
    const [worker, decide] = await Promise.all([as('worker'), as('orchestrator-decide')]);
    const pokes: string[] = [];
    decide.subscribe('poke.*', { callback: (_error, message) => void pokes.push(message.subject) });
    await decide.flush();
    worker.publish('poke.7', '{}');
    await settle(() => pokes.includes('poke.7'));
  });

  it('another system reads public events and nothing else', async () => {
    const subscriber = await as('subscriber');
    const config = { ack_policy: 'none', filter_subject: 'missions.v1.>' };
    expect(await api(subscriber, 'CONSUMER.CREATE.PUBLIC', { stream_name: 'PUBLIC', config })).toBe('ok');
    expect(await api(subscriber, 'STREAM.MSG.GET.EVENTS', { seq: 1 })).toMatch(/^refused/);
    const spying = subscriber.subscribe('evt.>');
    await settle(() => spying.isClosed());
  });
});
