import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type ConsumerConfig,
  type ConsumerInfo,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { TopologyError } from '../bus-error.ts';
import type { ConsumerDefinition, StreamDefinition } from '../topology.ts';
import { hasApiCode } from './to-bus-error.ts';

const NANOS_PER_MS = 1_000_000;

/**
 * The stream as defined, created if it is missing, after what `beforeCreate` waits for; `TopologyError` when the server
 * keeps it in another form.
 */
export async function ensureStream(
  manager: JetStreamManager,
  definition: StreamDefinition,
  beforeCreate: () => Promise<void> = () => Promise.resolve(),
): Promise<StreamInfo> {
  const wanted = streamConfig(definition);
  let info = await findStream(manager, definition.name);
  if (!info) {
    await beforeCreate();
    info = await manager.streams.add(wanted);
  }
  requireEqual(`stream ${definition.name}`, wanted, info.config);
  return info;
}

async function findStream(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (hasApiCode(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}

/** Of a consumer that runs: a release may need it otherwise than the one before. */
const CHANGEABLE: ReadonlySet<string> = new Set(['ack_wait', 'max_ack_pending']);

/** The consumer as defined, created if it is missing, its limits set anew; `TopologyError` when the server keeps it in another form. */
export async function ensureConsumer(
  manager: JetStreamManager,
  definition: ConsumerDefinition,
): Promise<ConsumerInfo> {
  const { stream, name } = definition;
  const wanted = consumerConfig(definition);
  let info = await manager.consumers.info(stream, name).catch((error: unknown) => {
    if (hasApiCode(error, JetStreamApiCodes.ConsumerNotFound)) return manager.consumers.add(stream, wanted);
    throw error;
  });
  const differences = differencesOf(wanted, info.config);
  if (differences.length > 0 && differences.every(({ what }) => CHANGEABLE.has(what)))
    info = await manager.consumers.update(stream, name, wanted);
  requireEqual(`consumer ${name}`, wanted, info.config);
  return info;
}

type WantedStream = Partial<StreamConfig> & { readonly name: string };

function streamConfig(definition: StreamDefinition): WantedStream {
  return {
    name: definition.name,
    subjects: [...definition.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_msgs: definition.maxMessages,
    max_bytes: definition.maxBytes,
    max_age: 0,
    duplicate_window: definition.duplicateWindowMs * NANOS_PER_MS,
    num_replicas: definition.replicas,
    deny_delete: true,
    deny_purge: true,
  };
}

function consumerConfig(definition: ConsumerDefinition): Partial<ConsumerConfig> {
  return {
    durable_name: definition.name,
    filter_subject: definition.filterSubject,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    ack_policy: AckPolicy.Explicit,
    ack_wait: definition.ackWaitMs * NANOS_PER_MS,
    max_ack_pending: definition.maxInFlight,
    max_deliver: -1,
  };
}

function requireEqual(whose: string, wanted: object, found: object): void {
  const differences = differencesOf(wanted, found);
  if (differences.length > 0)
    throw new TopologyError(differences.map((one) => ({ ...one, what: `${whose}: ${one.what}` })));
}

function differencesOf(wanted: object, found: object): TopologyError['differences'] {
  const values = new Map<string, unknown>(Object.entries(found));
  return Object.entries(wanted)
    .filter(([key, value]) => JSON.stringify(values.get(key) ?? defaultOf(value)) !== JSON.stringify(value))
    .map(([key, value]: [string, unknown]) => ({ what: key, wanted: value, found: values.get(key) }));
}

/** The server leaves out what is zero; a flag it leaves out is one it does not know. */
function defaultOf(value: unknown): unknown {
  return typeof value === 'number' ? 0 : undefined;
}
