import { parseFeedCursor, type FeedCursor } from '@missions/event-store';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { Waiting } from '../application/relay-health.ts';

/** The oldest event behind a place, also one that the feed does not let out yet. */
export async function waitingBehind(
  database: QueryExecutorProvider,
  cursor: FeedCursor | undefined,
): Promise<Waiting | undefined> {
  const { tx, pos } = cursor === undefined ? { tx: 0n, pos: 0n } : parseFeedCursor(cursor);
  const { rows } = await sql<{ age_ms: number; is_readable: boolean }>`
    select greatest(0, extract(epoch from clock_timestamp() - at) * 1000)::double precision as age_ms,
      tx < pg_snapshot_xmin(pg_current_snapshot()) as is_readable
    from event where (tx, pos) > (${String(tx)}::xid8, ${String(pos)}::bigint)
    order by tx, pos limit 1`.execute(database);
  const [row] = rows;
  return row && { ageMs: row.age_ms, isReadable: row.is_readable };
}
