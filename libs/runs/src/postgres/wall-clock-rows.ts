import { openRun, wallClockDueAt, type Mission } from '@missions/mission';
import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely';

/** A held run under which a part of its mission's wall clock has been used up by now. */
export interface DueWallClock {
  readonly runId: string;
  readonly missionId: string;
  readonly token: number;
  readonly dueAt: Date;
}

/** Keeps the one row of a mission that says when somebody has to look at its wall clock next. */
export function wallClockChanges(before: Mission, after: Mission): readonly RawBuilder<unknown>[] {
  const was = due(before);
  const is = due(after);
  if (!is) return was ? [sql`delete from wall_clock_due where mission_id = ${after.id}`] : [];
  if (was?.runId === is.runId && was.token === is.token && was.at === is.at) return [];
  return [
    sql`insert into wall_clock_due (mission_id, run_id, token, due_at)
      values (${after.id}, ${is.runId}, ${is.token}, ${is.at})
      on conflict (mission_id) do update
        set run_id = excluded.run_id, token = excluded.token, due_at = excluded.due_at`,
  ];
}

function due(mission: Mission): { runId: string; token: number; at: string } | undefined {
  const at = wallClockDueAt(mission);
  const run = openRun(mission);
  return at === undefined || !run ? undefined : { runId: run.id, token: run.token, at };
}

export async function dueWallClocks(
  rows: QueryExecutorProvider,
  limit: number,
): Promise<readonly DueWallClock[]> {
  const found = await sql<{ run_id: string; mission_id: string; token: string; due_at: Date }>`
    select run_id, mission_id, token, due_at from wall_clock_due
    where due_at <= clock_timestamp() order by due_at limit ${limit}`.execute(rows);
  return found.rows.map((row) => ({
    runId: row.run_id,
    missionId: row.mission_id,
    token: Number(row.token),
    dueAt: row.due_at,
  }));
}
