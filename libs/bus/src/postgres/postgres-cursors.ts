import { compareCursors, preparedText, type FeedCursor, type StreamHead } from '@missions/event-store';
import { CompiledQuery, sql, type Kysely, type Transaction } from 'kysely';
import type { Cursors, NewParkedPointer, ParkedPointer, Position, SweepMark } from '../cursors.ts';
import type { BusTables } from './bus-tables.ts';

const POSITION = preparedText({
  name: 'missions_position',
  text: `select coalesce((select version from bus_cursor where consumer = $1 and stream = $2), 0) as version,
    exists (select from parked where consumer = $1 and stream = $2) as parked`,
});
const MOVE = preparedText({
  name: 'missions_move',
  text: `insert into bus_cursor (consumer, stream, version) values ($1, $2, $3)
    on conflict (consumer, stream) do update set version = excluded.version`,
});

/** The positions of consumers as rows beside what their handlers write. */
export class PostgresCursors<Tables> implements Cursors<Transaction<Tables>> {
  readonly #db: Kysely<BusTables>;

  /** Any database that has the bus's tables among its own; only those are touched. */
  constructor(db: Kysely<Tables>) {
    this.#db = db as unknown as Kysely<BusTables>;
  }

  position(consumer: string, stream: string): Promise<Position> {
    return readPosition(this.#db, consumer, stream);
  }

  positionIn(rows: Transaction<Tables>, consumer: string, stream: string): Promise<Position> {
    return readPosition(busTables(rows), consumer, stream);
  }

  async move(rows: Transaction<Tables>, consumer: string, { stream, version }: StreamHead): Promise<void> {
    await rows.executeQuery(CompiledQuery.raw(MOVE, [consumer, stream, version]));
  }

  async park(rows: Transaction<Tables>, pointer: NewParkedPointer): Promise<void> {
    const { cursor } = await readSweep(busTables(rows), pointer.consumer);
    await busTables(rows)
      .insertInto('parked')
      .values({ ...pointer, swept_to: cursor ?? null })
      .execute();
  }

  async behind(consumer: string, heads: readonly StreamHead[]): Promise<readonly string[]> {
    const streams = heads.map(({ stream }) => stream);
    const versions = heads.map(({ version }) => version);
    const { rows } = await sql<{ stream: string }>`
      select head.stream
      from unnest(${streams}::text[], ${versions}::integer[]) as head(stream, version)
      left join bus_cursor as cursor on cursor.consumer = ${consumer} and cursor.stream = head.stream
      where coalesce(cursor.version, 0) < head.version
        and not exists (
          select from parked where parked.consumer = ${consumer} and parked.stream = head.stream
        )`.execute(this.#db);
    return rows.map(({ stream }) => stream);
  }

  sweepMark(consumer: string): Promise<SweepMark> {
    return readSweep(this.#db, consumer);
  }

  async moveSweep(consumer: string, from: SweepMark, to: FeedCursor): Promise<void> {
    await this.#db
      .insertInto('bus_sweep')
      .values({ consumer, cursor: to })
      .onConflict((conflict) =>
        conflict
          .column('consumer')
          .doUpdateSet({ cursor: to })
          .where('bus_sweep.rewinds', '=', from.rewinds)
          .where('bus_sweep.cursor', 'is not distinct from', from.cursor ?? null),
      )
      .execute();
  }

  async listParked(consumer?: string): Promise<readonly ParkedPointer[]> {
    const rows = await this.#db
      .selectFrom('parked')
      .selectAll()
      .$if(consumer !== undefined, (query) => query.where('consumer', '=', consumer ?? ''))
      .orderBy('parked_at')
      .execute();
    return rows.map(toPointer);
  }

  resume(consumer: string, stream: string): Promise<ParkedPointer | undefined> {
    return this.#db.transaction().execute(async (rows) => {
      const row = await rows
        .deleteFrom('parked')
        .where('consumer', '=', consumer)
        .where('stream', '=', stream)
        .returningAll()
        .executeTakeFirst();
      if (!row) return undefined;
      await rewind(rows, consumer, row.swept_to ?? undefined);
      return toPointer(row);
    });
  }
}

function busTables<Tables>(rows: Transaction<Tables>): Transaction<BusTables> {
  return rows as unknown as Transaction<BusTables>;
}

async function readPosition(db: Kysely<BusTables>, consumer: string, stream: string): Promise<Position> {
  const { rows } = await db.executeQuery<Position>(CompiledQuery.raw(POSITION, [consumer, stream]));
  return rows[0] ?? { version: 0, parked: false };
}

async function readSweep(db: Kysely<BusTables>, consumer: string): Promise<SweepMark> {
  const row = await db
    .selectFrom('bus_sweep')
    .select(['cursor', 'rewinds'])
    .where('consumer', '=', consumer)
    .executeTakeFirst();
  return { cursor: row?.cursor ?? undefined, rewinds: row?.rewinds ?? 0 };
}

/** Sets the sweep back to a place, unless it lies before it anyway; in both cases a sweep under way does not move it on. */
async function rewind(
  rows: Transaction<BusTables>,
  consumer: string,
  place: FeedCursor | undefined,
): Promise<void> {
  const sweep = await rows
    .selectFrom('bus_sweep')
    .select('cursor')
    .where('consumer', '=', consumer)
    .forUpdate()
    .executeTakeFirst();
  const cursor = earlier(sweep?.cursor ?? undefined, place) ?? null;
  await rows
    .insertInto('bus_sweep')
    .values({ consumer, cursor, rewinds: 1 })
    .onConflict((conflict) =>
      conflict.column('consumer').doUpdateSet({ cursor, rewinds: sql`bus_sweep.rewinds + 1` }),
    )
    .execute();
}

function earlier(a: FeedCursor | undefined, b: FeedCursor | undefined): FeedCursor | undefined {
  if (a === undefined || b === undefined) return undefined;
  return compareCursors(a, b) < 0 ? a : b;
}

interface ParkedRow {
  readonly consumer: string;
  readonly stream: string;
  readonly version: number;
  readonly tries: number;
  readonly error: string;
  readonly parked_at: Date;
}

function toPointer({ parked_at, consumer, stream, version, tries, error }: ParkedRow): ParkedPointer {
  return { consumer, stream, version, tries, error, parkedAt: parked_at.toISOString() };
}
