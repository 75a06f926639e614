import type { NatsUser } from './nats-config.ts';

/** What one service may say and hear, in the words of the system. The server's subject lists are derived from it. */
interface ServicePermissions {
  /** Commands it answers: `cmd.<owner>.>`. */
  readonly answers: readonly string[];
  /** Commands it may send. */
  readonly asks: readonly string[];
  /** Its consumers of the internal stream: the service's database role without `missions_`, or that with `_<purpose>`. */
  readonly consumers: readonly string[];
  /** Makes both streams and publishes to them; only the relay does. */
  readonly relays: boolean;
}

const PARTITIONS = 16;
const OWNERS = ['mission', 'run', 'resource'];

/**
 * Who may do what on the bus. Nobody may delete or purge a stream, and only `orchestrator-decide` may publish events. It is
 * a second belt: a service believes the log, never the bytes of a message.
 */
export const SERVICE_PERMISSIONS: Readonly<Record<NatsServiceName, ServicePermissions>> = {
  'orchestrator-decide': {
    answers: ['mission', 'run'],
    asks: ['resource'],
    consumers: ['decide'],
    relays: true,
  },
  'orchestrator-agents': { answers: [], asks: OWNERS, consumers: ['agents'], relays: false },
  worker: { answers: [], asks: OWNERS, consumers: ['worker'], relays: false },
  validator: { answers: [], asks: OWNERS, consumers: ['validator'], relays: false },
  'resource-lock': { answers: ['resource'], asks: ['mission'], consumers: ['resource-lock'], relays: false },
  'mission-control': { answers: [], asks: OWNERS, consumers: ['mission-control'], relays: false },
};

export const NATS_SERVICES = [
  'orchestrator-decide',
  'orchestrator-agents',
  'worker',
  'validator',
  'resource-lock',
  'mission-control',
] as const;
export type NatsServiceName = (typeof NATS_SERVICES)[number];

/** `admin` only asks whether the server is well; `subscriber` is for other systems and reads public events only. */
export const NATS_USERS = [...NATS_SERVICES, 'admin', 'subscriber'] as const;
export type NatsUserName = (typeof NATS_USERS)[number];

/** The prefix under which a user, and nobody else, receives replies. */
export function inboxPrefixOf(user: NatsUserName): string {
  return `_INBOX_${user}`;
}

/** The server's entry for one user. */
export function natsUser(name: NatsUserName, publicKey: string): NatsUser {
  const { publish, subscribe } = subjectsOf(name);
  return {
    name,
    publicKey,
    publish: ['$JS.API.INFO', ...publish],
    subscribe: [`${inboxPrefixOf(name)}.>`, ...subscribe],
    answers: name !== 'admin' && name !== 'subscriber',
  };
}

interface Subjects {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

function subjectsOf(name: NatsUserName): Subjects {
  if (name === 'admin') return { publish: ['$JS.API.STREAM.INFO.*'], subscribe: [] };
  if (name === 'subscriber') return { publish: publicReader(), subscribe: ['missions.v1.>'] };
  const service = SERVICE_PERMISSIONS[name];
  return {
    publish: [
      'poke.*',
      ...service.asks.map((owner) => `cmd.${owner}.>`),
      ...streamReader('EVENTS'),
      ...service.consumers.flatMap(durableConsumers),
      ...(service.relays
        ? [...streamWriter('EVENTS', 'evt.>'), ...streamWriter('PUBLIC', 'missions.v1.>')]
        : []),
    ],
    subscribe: ['poke.*', ...service.answers.map((owner) => `cmd.${owner}.>`)],
  };
}

function streamReader(stream: string): readonly string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
  ];
}

function streamWriter(stream: string, subject: string): readonly string[] {
  return [
    `$JS.API.STREAM.CREATE.${stream}`,
    `$JS.API.STREAM.UPDATE.${stream}`,
    ...streamReader(stream),
    subject,
  ];
}

/** Durable `<consumer>-p<n>`, one per partition. What was delivered is acknowledged as an answer, which needs no entry here. */
function durableConsumers(consumerName: string): readonly string[] {
  const names = Array.from({ length: PARTITIONS }, (_, partition) => `${consumerName}-p${String(partition)}`);
  return names.flatMap((consumer) => [
    `$JS.API.CONSUMER.INFO.EVENTS.${consumer}`,
    `$JS.API.CONSUMER.CREATE.EVENTS.${consumer}`,
    `$JS.API.CONSUMER.CREATE.EVENTS.${consumer}.>`,
    `$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.${consumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.EVENTS.${consumer}`,
  ]);
}

/** Other systems bring consumers of their own, with any name, on the public stream only. */
function publicReader(): readonly string[] {
  return [
    ...streamReader('PUBLIC'),
    '$JS.API.CONSUMER.INFO.PUBLIC.*',
    '$JS.API.CONSUMER.CREATE.PUBLIC',
    '$JS.API.CONSUMER.CREATE.PUBLIC.>',
    '$JS.API.CONSUMER.DURABLE.CREATE.PUBLIC.*',
    '$JS.API.CONSUMER.MSG.NEXT.PUBLIC.*',
    '$JS.ACK.PUBLIC.>',
    '$JS.FC.PUBLIC.>',
  ];
}
