import type { FeedCursor } from '@missions/event-store';
import type { StreamDefinition } from './topology.ts';

/** The newest message of a bus stream: how far the relay has come. */
export interface Tail {
  /** Sequence of the newest message ever stored, 0 for a new stream; the fence of the next publish. */
  readonly sequence: number;
  /** Where in the log the newest message came from; `undefined` when there is no message. */
  readonly cursor: FeedCursor | undefined;
}

/** A message on its way from the log to a bus stream. */
export interface RelayedMessage {
  readonly subject: string;
  /** The event's id; a second belt against doubles. */
  readonly id: string;
  readonly cursor: FeedCursor;
  readonly body: string;
  readonly contentType: string;
}

/** Where a relay publishes: a stream of the bus that can be fenced by the sequence of its tail. */
export interface RelayTarget {
  /** The tail of the stream, which is created when it is missing. Rejects with `TopologyError` when it is not as defined. */
  readonly tail: (stream: StreamDefinition) => Promise<Tail>;
  /**
   * Publishes in order behind `after`; resolves with the new last sequence when every message is stored. Rejects with
   * `TailMovedError` when the tail was elsewhere and with a transient `BusError`; a part of the messages, always the first
   * ones, may be stored then: read the tail again.
   */
  readonly publish: (
    stream: StreamDefinition,
    after: number,
    messages: readonly RelayedMessage[],
  ) => Promise<number>;
}
