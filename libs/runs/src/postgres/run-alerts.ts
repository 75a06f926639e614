import type { Role, Task } from '@missions/mission';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { StallLimits, StallSighting, UnclaimedRun } from '../run-desk.ts';

interface SightingRow {
  readonly run_id: string;
  readonly mission_id: string;
  readonly token: string;
  readonly due: StallSighting['due'];
  readonly moved_at: Date;
  readonly last_line: string | null;
}

/**
 * Runs about whose rest something is to be said or done. What counts is how long the holder itself has seen nothing move,
 * up to its last renewal: the silence of a holder that is dead or cut off is its lease's matter, and grows no stall.
 */
export async function stallSightings(
  rows: QueryExecutorProvider,
  { stallMs, stopMs }: StallLimits,
  limit: number,
): Promise<readonly StallSighting[]> {
  const { rows: found } = await sql<SightingRow>`
    select run_id, mission_id, token, due, moved_at, last_line from (
      select *, case
        when alert = 'stopping' then
          case when renewed_at - alert_at > ${stopMs} * interval '1 millisecond' then 'fail' end
        when rest >= ${stallMs} * interval '1 millisecond' then
          case when alert is null then 'say' else 'stop' end
        when rest >= ${stallMs / 2} * interval '1 millisecond' then
          case when alert is null then 'say' end
        when alert = 'stalled' then 'clear'
      end as due
      from (select *, renewed_at - moved_at - quiet_ms * interval '1 millisecond' as rest from run_lease) resting
    ) seen
    where due is not null order by moved_at limit ${limit}`.execute(rows);
  return found.map((row) => ({
    runId: row.run_id,
    missionId: row.mission_id,
    token: Number(row.token),
    due: row.due,
    sinceAt: row.moved_at,
    lastLine: row.last_line ?? undefined,
  }));
}

interface UnclaimedRow {
  readonly run_id: string;
  readonly mission_id: string;
  readonly role: Role;
  readonly task: Task;
  readonly labels: readonly string[];
  readonly delegated_at: Date;
  readonly held: number;
}

/** Runs that anyone may claim and nobody has claimed for so long, of which the mission has not said so yet. */
export async function unclaimedRuns(
  rows: QueryExecutorProvider,
  afterMs: number,
  limit: number,
): Promise<readonly UnclaimedRun[]> {
  const { rows: found } = await sql<UnclaimedRow>`
    select run_id, mission_id, role, task, labels, delegated_at,
      (select count(*)::integer from run_lease where expires_at > clock_timestamp()) as held
    from open_delegation
    where not alerted and delegated_at < clock_timestamp() - ${afterMs} * interval '1 millisecond'
    order by delegated_at limit ${limit}`.execute(rows);
  return found.map((row) => ({
    runId: row.run_id,
    missionId: row.mission_id,
    role: row.role,
    task: row.task,
    labels: row.labels,
    sinceAt: row.delegated_at,
    heldElsewhere: row.held,
  }));
}
