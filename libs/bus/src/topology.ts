import type { EventEnvelope } from '@missions/kernel';
import { allPartitions, partitionOf } from './partition.ts';

/** The oldest nats-server this system runs on (Debian 12); older ones drop options they don't know without a word. */
export const OLDEST_SERVER = '2.9.10';

/**
 * A JetStream stream as it must be. Bounded by count and size, never by age: the newest message is the relay's cursor, and
 * an age limit would take it away from an idle system.
 */
export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** How long the server knows a message id; covers the first message, which old servers do not fence. */
  readonly duplicateWindowMs: number;
  readonly replicas: number;
}

/** A durable pull consumer as it must be: one per service and partition. */
export interface ConsumerDefinition {
  readonly stream: string;
  readonly name: string;
  readonly filterSubject: string;
  readonly ackWaitMs: number;
  /**
   * At most so many messages under way. Order does not hang on it: what is delivered only says how far a stream has come. All
   * partitions together, those that come again within a minute too, stay far below the 4,096 replies beyond which nats-server
   * 2.9 looks through all of them with every message.
   */
  readonly maxInFlight: number;
}

export interface Topology {
  /** Pointers into the log, which say how far each stream has come, for the services. */
  readonly internal: StreamDefinition;
  /** CloudEvents for other systems. */
  readonly public: StreamDefinition;
  readonly ackWaitMs: number;
}

export const defaultTopology: Topology = {
  internal: {
    name: 'EVENTS',
    subjects: ['evt.>'],
    maxMessages: 1_000_000,
    maxBytes: 1024 ** 3,
    duplicateWindowMs: 10_000,
    replicas: 1,
  },
  public: {
    name: 'PUBLIC',
    subjects: ['missions.v1.>'],
    maxMessages: 1_000_000,
    maxBytes: 1024 ** 3,
    duplicateWindowMs: 10_000,
    replicas: 1,
  },
  ackWaitMs: 30_000,
};

/** `evt.<partition>.<stream>.<Type>` */
export function internalSubject(event: Pick<EventEnvelope, 'stream' | 'type'>): string {
  const partition = String(partitionOf(event.stream));
  return `evt.${partition}.${subjectToken(event.stream)}.${subjectToken(event.type)}`;
}

/** `missions.v1.<missionId>.<type>` */
export function publicSubject(missionId: string, type: string): string {
  return `missions.v1.${subjectToken(missionId)}.${type}`;
}

/** `poke.<partition>` */
export function pokeSubject(stream: string): string {
  return `poke.${String(partitionOf(stream))}`;
}

export const ALL_POKES = 'poke.*';

/** One token of a subject: everything that has a meaning in subjects is percent-encoded. */
export function subjectToken(text: string): string {
  return encodeURIComponent(text).replaceAll('.', '%2E').replaceAll('*', '%2A');
}

export const MAX_IN_FLIGHT = 16;

/** The consumers of one service, one per partition. */
export function consumersOf(service: string, topology: Topology): readonly ConsumerDefinition[] {
  return allPartitions().map((partition) => ({
    stream: topology.internal.name,
    name: consumerName(service, partition),
    filterSubject: `evt.${String(partition)}.>`,
    ackWaitMs: topology.ackWaitMs,
    maxInFlight: MAX_IN_FLIGHT,
  }));
}

export function consumerName(service: string, partition: number): string {
  return `${service}-p${String(partition)}`;
}
