import type { EventEnvelope } from '@missions/kernel';

/**
 * A place in the global feed, behind one event. Opaque, printable and without spaces, so that it fits a message header;
 * compare two with `compareCursors`.
 */
export type FeedCursor = string;

export interface FeedRequest {
  /** Go on behind this place; `undefined` is the beginning of the log. */
  readonly after: FeedCursor | undefined;
  /** At most so many events (`feed`), or so many events looked at (`headsAfter`). */
  readonly limit: number;
  /** Only streams whose name begins so. */
  readonly streamPrefix?: string;
}

export interface FeedEntry {
  readonly event: EventEnvelope;
  readonly cursor: FeedCursor;
}

export interface FeedPage {
  readonly events: readonly FeedEntry[];
  /** Where to go on: behind the last entry, or the place given when there was none. */
  readonly next: FeedCursor | undefined;
  /** Nothing more lay behind this page when it was read; `next` moves on by streams that were not asked for, too. */
  readonly isLast: boolean;
}

export interface StreamHead {
  readonly stream: string;
  readonly version: number;
}

export interface StreamHeads {
  readonly heads: readonly StreamHead[];
  readonly next: FeedCursor | undefined;
  /** Nothing more lay behind the events looked at. */
  readonly isLast: boolean;
}

/** The cursor of an event committed by transaction `tx` at position `pos`. */
export function feedCursor(tx: string | number | bigint, pos: string | number | bigint): FeedCursor {
  return `${String(tx)}.${String(pos)}`;
}

/** Splits a cursor; throws a `RangeError` for text that is none. */
export function parseFeedCursor(cursor: FeedCursor): { readonly tx: bigint; readonly pos: bigint } {
  const match = /^(\d{1,20})\.(\d{1,19})$/.exec(cursor);
  if (!match) throw new RangeError(`Not a feed cursor: ${cursor.slice(0, 60)}`);
  const [, tx = '', pos = ''] = match;
  return { tx: BigInt(tx), pos: BigInt(pos) };
}

/** Negative when `a` lies before `b`, 0 when they are the same place, positive when it lies behind. */
export function compareCursors(a: FeedCursor, b: FeedCursor): number {
  const left = parseFeedCursor(a);
  const right = parseFeedCursor(b);
  const difference = left.tx === right.tx ? left.pos - right.pos : left.tx - right.tx;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
