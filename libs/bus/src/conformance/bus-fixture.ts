import type { EventStore } from '@missions/event-store';
import type { Bus } from '../bus.ts';
import type { Cursors } from '../cursors.ts';
import type { RelayMark } from '../relay-target.ts';
import type { StreamDefinition, Topology } from '../topology.ts';

/** A bus with a log of its own, and the hands to break it. Fresh for every test. */
export interface BusFixture<Rows = unknown> {
  readonly store: EventStore<Rows>;
  readonly cursors: Cursors<Rows>;
  readonly topology: Topology;
  /** One more process on the bus; closed with the fixture. */
  readonly connect: () => Promise<Bus>;
  /** Every stream and every position of a durable consumer is lost. */
  readonly wipe: () => Promise<void>;
  /** The bus is unreachable until `recover`. */
  readonly fail: () => Promise<void>;
  readonly recover: () => Promise<void>;
  /** What lies on a bus stream, oldest first: the ids of the events, `undefined` for a foreign message. */
  readonly published: (stream: StreamDefinition) => Promise<readonly (string | undefined)[]>;
  /** Puts a message on the internal stream that no relay sent, with a forged mark if one is given. */
  readonly plant: (subject: string, body: string, mark?: RelayMark) => Promise<void>;
  readonly close: () => Promise<void>;
}

export type MakeBusFixture<Rows = unknown> = () => Promise<BusFixture<Rows>>;
