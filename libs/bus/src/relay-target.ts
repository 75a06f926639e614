import type { FeedCursor } from '@missions/event-store';
import type { StreamDefinition } from './topology.ts';

/** How far a relay has come: the newest message of a bus stream. */
export interface Tail {
  /** Sequence of the newest message ever stored, 0 for a new stream; the fence of the next publish. */
  readonly sequence: number;
  /** Where in the log the newest genuine message came from; `undefined` when there is none. */
  readonly cursor: FeedCursor | undefined;
}

/** What a message says about the event it came from. */
export interface RelayMark {
  readonly id: string;
  readonly cursor: FeedCursor;
}

/** A message on its way from the log to a bus stream; its id is a second belt against doubles. */
export interface RelayedMessage extends RelayMark {
  readonly subject: string;
  readonly body: string;
  readonly contentType: string;
}

/** Where a relay publishes: a stream of the bus that can be fenced by the sequence of its tail. */
export interface RelayTarget {
  /**
   * The tail of the stream, which is created when it is missing. Messages at the end that carry no mark, or one that is
   * not in the log, are looked past. Rejects with `TopologyError` when the stream is not as defined.
   */
  readonly tail: (stream: StreamDefinition, isInLog: (mark: RelayMark) => Promise<boolean>) => Promise<Tail>;
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
