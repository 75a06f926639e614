import type { FeedCursor, StreamHead } from '@missions/event-store';

/** How far a consumer has come in one stream. */
export interface Position {
  /** Version of the last event applied; 0 before the first. */
  readonly version: number;
  /** An event behind it is parked: nothing is applied until it is resumed. */
  readonly parked: boolean;
}

/** A pointer to an event that a consumer failed to apply too often; later events of the stream wait behind it. */
export interface ParkedPointer {
  readonly consumer: string;
  readonly stream: string;
  readonly version: number;
  readonly error: string;
  readonly tries: number;
  readonly parkedAt: string;
}

export type NewParkedPointer = Omit<ParkedPointer, 'parkedAt'>;

/** Up to where in the feed every event is known to be applied or parked. */
export interface SweepMark {
  readonly cursor: FeedCursor | undefined;
  /** How often it was set back, so that a sweep under way at that moment does not move it forward again. */
  readonly rewinds: number;
}

/** What an operator does about poison. */
export interface Parking {
  readonly listParked: (consumer?: string) => Promise<readonly ParkedPointer[]>;
  /**
   * Forgets the pointer and sets the sweep back to where it was then, so that the next one tries the event again;
   * `undefined` when nothing was parked there.
   */
  readonly resume: (consumer: string, stream: string) => Promise<ParkedPointer | undefined>;
}

/**
 * The positions of consumers, in the same database as what their handlers write. Those with `rows` take part in the
 * handler's transaction; the others commit for themselves. Callers hold `cursorLock(consumer, stream)` as a stream lock of
 * their transaction, so that one replica at a time moves a cursor.
 */
export interface Cursors<Rows = unknown> extends Parking {
  readonly position: (consumer: string, stream: string) => Promise<Position>;
  readonly positionIn: (rows: Rows, consumer: string, stream: string) => Promise<Position>;
  readonly move: (rows: Rows, consumer: string, head: StreamHead) => Promise<void>;
  readonly park: (rows: Rows, pointer: NewParkedPointer) => Promise<void>;
  /** Those of the streams in which the consumer has not come that far and nothing is parked. */
  readonly behind: (consumer: string, heads: readonly StreamHead[]) => Promise<readonly string[]>;
  readonly sweepMark: (consumer: string) => Promise<SweepMark>;
  /** Moves the sweep on, unless somebody else moved it, or rewound it, since `from` was read. */
  readonly moveSweep: (consumer: string, from: SweepMark, to: FeedCursor) => Promise<void>;
}

/** The name under which the right to move a cursor is locked, beside the streams a handler appends to. */
export function cursorLock(consumer: string, stream: string): string {
  return `cursor/${consumer}/${stream}`;
}
