import type { EventEnvelope, NewEvent } from '@missions/kernel';
import type { FeedPage, FeedRequest, StreamHeads } from './feed.ts';

/** Rows that change in the commit of an append, by a function that the store knows under this name. */
export interface Beside {
  /** Of the database, with one argument of type jsonb; in memory, of the store's options. */
  readonly call: string;
  /** As JSON. */
  readonly argument: unknown;
}

/** The events of one decision, for one stream. */
export interface StreamAppend {
  readonly stream: string;
  /** The head the decision was taken at; 0 for a stream that must not exist yet, 'any' for facts that need no decision. */
  readonly expectedVersion: number | 'any';
  readonly events: readonly NewEvent[];
  /** Runs after the events were written, in the same statement; not for a repeat. When it fails nothing is written. */
  readonly beside?: Beside;
}

/** What an append left behind. */
export interface AppendResult {
  readonly stream: string;
  /** The version of the last of `events`; for a repeated append the head may lie beyond it. */
  readonly version: number;
  /** The events as stored, versions filled in. */
  readonly events: readonly EventEnvelope[];
  /** Every id was in the stream already: nothing was written. */
  readonly repeated: boolean;
  /** What the function beside answered, as JSON. */
  readonly answer?: unknown;
}

export interface ReadOptions {
  /** Start behind this version; 0 (the default) reads from the beginning. */
  readonly after?: number;
  readonly limit?: number;
}

/** What can be read of single streams, inside a transaction or outside of one. */
export interface StreamReader {
  /** Events of a stream, oldest first, upcast to their newest schema; an unknown stream is empty. */
  readonly read: (stream: string, options?: ReadOptions) => Promise<readonly EventEnvelope[]>;
  /** The version of the newest event, 0 for an unknown stream. */
  readonly head: (stream: string) => Promise<number>;
}

/** One commit over several streams and the rows beside them. */
export interface EventTransaction<Rows = unknown> extends StreamReader {
  /** Like `EventStore.append`, seen by others only when the transaction commits; the stream must be one that was locked. */
  readonly append: (append: StreamAppend) => Promise<AppendResult>;
  /** The adapter's own handle for rows in the same commit: a kysely `Transaction` on Postgres, `undefined` in memory. */
  readonly rows: Rows;
}

/**
 * The log: gap-free streams of events, append only.
 *
 * Every method rejects with a `StoreUnavailableError` when the store cannot be reached; after one, whether an append was
 * written is unknown, and repeating it with the same event ids is safe.
 */
export interface EventStore<Rows = unknown> extends StreamReader {
  /**
   * Appends in one round trip and one commit: all events or none.
   *
   * Idempotent by event id: if every id is in the stream already (same types) nothing is written and `repeated` is true,
   * whatever the expected version. Rejects with `ConcurrencyError` when the head is another than expected, and with a
   * `DomainError`: `EVENT_ID_TAKEN` (some ids are known, or known elsewhere), `STALE_TOKEN` (a run stream has seen a higher
   * token), `UNKNOWN_TOKEN` (the writer's role may write transcripts of runs that are held only, and no claim gave it this
   * token), `EVENT_TOO_LARGE`, `EVENT_MALFORMED`, `SECRET_IN_EVENT`, `STREAM_FORBIDDEN` (not this writer's kind of stream).
   * What a function beside throws rises as it is. An append without events runs nothing beside it.
   */
  readonly append: (append: StreamAppend) => Promise<AppendResult>;
  /**
   * Locks the streams (in one global order, so that no two transactions can wait for each other), then runs `work` in one
   * transaction: what it appends and writes commits together, or not at all when it throws. Until then nobody else can
   * append to those streams, so what it reads of them is their head. Keep it short and free of other waits.
   */
  readonly transact: <R>(
    streams: readonly string[],
    work: (tx: EventTransaction<Rows>) => Promise<R>,
  ) => Promise<R>;
  /**
   * All events of all streams in one order that never changes and in which nothing appears behind a cursor already handed
   * out; inside a stream it is the order of versions. An event may appear some time after its commit, while an older
   * transaction is still open.
   */
  readonly feed: (request: FeedRequest) => Promise<FeedPage>;
  /** The streams that have events in the feed behind a cursor, with their newest versions there; for sweeps. */
  readonly headsAfter: (request: FeedRequest) => Promise<StreamHeads>;
}
