import { sql, type QueryExecutorProvider } from 'kysely';
import type { RunOutlook } from '../run-desk.ts';

/** What the holder of a run said last of what it touched and when it can stop; undefined when nobody holds the run. */
export async function runOutlook(
  rows: QueryExecutorProvider,
  runId: string,
): Promise<RunOutlook | undefined> {
  const { rows: found } = await sql<{ touched: readonly string[]; checkpoint_in_ms: number | null }>`
    select touched, extract(epoch from next_checkpoint_at - clock_timestamp())::float8 * 1000 as checkpoint_in_ms
    from run_lease where run_id = ${runId}`.execute(rows);
  const [row] = found;
  if (!row) return undefined;
  const { touched, checkpoint_in_ms: inMs } = row;
  return { touched, ...(inMs !== null && { nextCheckpointInMs: Math.max(0, Math.round(inMs)) }) };
}
