import type { Transaction } from 'kysely';
import type pg from 'pg';
import type { EventEnvelope, Secret } from '@missions/kernel';
import type { AuditSource } from '../audit.ts';
import type {
  AppendResult,
  EventStore,
  EventTransaction,
  ReadOptions,
  StreamAppend,
} from '../event-store.ts';
import { feedCursor, parseFeedCursor, type FeedPage, type FeedRequest, type StreamHeads } from '../feed.ts';
import type { ChainedEvent } from '../hash-chain.ts';
import { guardAgainst, type SecretGuard } from '../secret-guard.ts';
import { createUpcast, type Upcast, type Upcaster } from '../upcasting.ts';
import { envelopeOf } from '../stored-event.ts';
import { AppendTogether } from './append-together.ts';
import { chainedOf, EVENT_COLUMNS, type FeedRow, type StoredRow } from './event-rows.ts';
import { EventStatements } from './event-statements.ts';
import { inLockingTransaction, type LockingTransaction } from './locking-transaction.ts';
import type { Statement } from '../prepared-text.ts';
import { poolSession, withFaults, type RunStatement } from './postgres-session.ts';

/** Behind a cursor and below the oldest transaction still open: nothing can appear before what is seen here. */
const SETTLED = `(tx, pos) > ($1::xid8, $2::bigint) and tx < pg_snapshot_xmin(pg_current_snapshot())`;
const FEED: Statement = {
  name: 'missions_feed',
  text: `select tx, pos, ${EVENT_COLUMNS} from event where ${SETTLED} order by tx, pos limit $3`,
};
const FEED_OF_PREFIX: Statement = {
  name: 'missions_feed_of_prefix',
  text: `select tx, pos, stream, version, id, type, schema, token,
      case when starts_with(stream, $4) then meta end as meta, case when starts_with(stream, $4) then data end as data
    from event where ${SETTLED} order by tx, pos limit $3`,
};
const FEED_HEADS: Statement = {
  name: 'missions_feed_heads',
  text: `select tx, pos, stream, version from event where ${SETTLED} order by tx, pos limit $3`,
};
const STREAMS: Statement = {
  name: 'missions_streams',
  text: 'select distinct stream from event order by stream',
};
const STORED: Statement = {
  name: 'missions_stored',
  text: `select stream, version, id, type, schema, token, meta::text as meta, data::text as data, hash
    from event where stream = $1 and version > $2 order by version limit $3`,
};
const BEGINNING = '0.0';

export interface PostgresEventStoreOptions {
  /** Values that must never be written; see `SECRET_IN_EVENT`. */
  readonly forbidden?: readonly Secret[];
  readonly upcasters?: readonly Upcaster[];
}

/** The log in Postgres: table `event`, written under one advisory lock for each stream of an append. */
export class PostgresEventStore<DB> implements EventStore<Transaction<DB>>, AuditSource {
  readonly #pool: pg.Pool;
  readonly #run: RunStatement;
  readonly #upcast: Upcast;
  readonly #guard: SecretGuard;
  readonly #events: EventStatements;

  /** The store does not close the pool. */
  constructor(pool: pg.Pool, options: PostgresEventStoreOptions = {}) {
    this.#pool = pool;
    this.#run = poolSession(pool);
    this.#upcast = createUpcast(options.upcasters);
    this.#guard = guardAgainst(options.forbidden ?? []);
    this.#events = this.#statements(this.#run, new AppendTogether(this.#run));
  }

  append(append: StreamAppend): Promise<AppendResult> {
    return this.#events.append(append);
  }

  read(stream: string, options?: ReadOptions): Promise<readonly EventEnvelope[]> {
    return this.#events.read(stream, options);
  }

  head(stream: string): Promise<number> {
    return this.#events.head(stream);
  }

  transact<R>(
    streams: readonly string[],
    work: (tx: EventTransaction<Transaction<DB>>) => Promise<R>,
  ): Promise<R> {
    const transaction = inLockingTransaction<DB, R>(this.#pool, streams, (open) =>
      work(this.#transaction(open, new Set(streams))),
    );
    return withFaults(transaction);
  }

  async feed(request: FeedRequest): Promise<FeedPage> {
    const { streamPrefix } = request;
    const rows =
      streamPrefix === undefined
        ? await this.#settled<FeedRow>(FEED, request)
        : await this.#settled<FeedRow>(FEED_OF_PREFIX, request, [streamPrefix]);
    const events = rows
      .filter(({ stream }) => streamPrefix === undefined || stream.startsWith(streamPrefix))
      .map((row) => ({ event: this.#upcast(envelopeOf(row)), cursor: feedCursor(row.tx, row.pos) }));
    return { events, next: behind(rows, request), isLast: rows.length < request.limit };
  }

  async headsAfter(request: FeedRequest): Promise<StreamHeads> {
    const rows = await this.#settled<Pick<FeedRow, 'tx' | 'pos' | 'stream' | 'version'>>(FEED_HEADS, request);
    const heads = new Map<string, number>();
    for (const { stream, version } of rows) {
      if (stream.startsWith(request.streamPrefix ?? '')) heads.set(stream, version);
    }
    return {
      heads: [...heads].map(([stream, version]) => ({ stream, version })),
      next: behind(rows, request),
      isLast: rows.length < request.limit,
    };
  }

  async streams(): Promise<readonly string[]> {
    const rows = await withFaults(this.#run<{ stream: string }>(STREAMS, []));
    return rows.map(({ stream }) => stream);
  }

  async stored(stream: string, page: { after: number; limit: number }): Promise<readonly ChainedEvent[]> {
    const rows = await withFaults(this.#run<StoredRow>(STORED, [stream, page.after, page.limit]));
    return rows.map(chainedOf);
  }

  #settled<Row extends { tx: string; pos: string }>(
    statement: Statement,
    { after = BEGINNING, limit }: FeedRequest,
    more: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    const { tx, pos } = parseFeedCursor(after);
    return withFaults(this.#run<Row>(statement, [String(tx), String(pos), limit, ...more]));
  }

  #statements(run: RunStatement, together?: AppendTogether): EventStatements {
    return new EventStatements({
      run,
      upcast: this.#upcast,
      guard: this.#guard,
      ...(together && { together }),
    });
  }

  #transaction(
    { rows, run }: LockingTransaction<DB>,
    locked: ReadonlySet<string>,
  ): EventTransaction<Transaction<DB>> {
    const events = this.#statements(run);
    return {
      rows,
      read: (stream, options) => events.read(stream, options),
      head: (stream) => events.head(stream),
      append: async (append) => {
        if (!locked.has(append.stream))
          throw new Error(`${append.stream} was not locked by this transaction.`);
        return events.append(append);
      },
    };
  }
}

function behind(
  rows: readonly { readonly tx: string; readonly pos: string }[],
  { after }: FeedRequest,
): string | undefined {
  const last = rows.at(-1);
  return last ? feedCursor(last.tx, last.pos) : after;
}
