import { claimableRun, openRun, wantedState, type Mission, type RunState } from '@missions/mission';
import type { ExpiredRun, LiveRun } from '../run-desk.ts';
import { sql, type QueryExecutorProvider } from 'kysely';

/** Brings the rows beside a mission's stream in line with the mission after an append; runs in the append's transaction. */
export async function followMission(
  rows: QueryExecutorProvider,
  change: { readonly before: Mission; readonly after: Mission; readonly leaseTtlMs: number },
): Promise<void> {
  await followDelegation(rows, change.before, change.after);
  await followLease(rows, change);
}

async function followDelegation(rows: QueryExecutorProvider, before: Mission, after: Mission): Promise<void> {
  const was = claimableRun(before);
  const is = claimableRun(after);
  if (was && was.id !== is?.id) await sql`delete from open_delegation where run_id = ${was.id}`.execute(rows);
  if (is && is.id !== was?.id)
    await sql`
      insert into open_delegation (run_id, mission_id, role, task)
      values (${is.id}, ${after.id}, ${is.role}, ${is.task}) on conflict (run_id) do nothing`.execute(rows);
}

async function followLease(
  rows: QueryExecutorProvider,
  {
    before,
    after,
    leaseTtlMs,
  }: { readonly before: Mission; readonly after: Mission; readonly leaseTtlMs: number },
): Promise<void> {
  const was = heldRun(before);
  const is = heldRun(after);
  if (was && was.id !== is?.id) await sql`delete from run_lease where run_id = ${was.id}`.execute(rows);
  if (!is) return;
  const wanted = wantedState(after);
  const pending = waitingMessages(after);
  if (is.id !== was?.id || is.token !== was.token) {
    await sql`
      insert into run_lease (run_id, mission_id, token, holder, expires_at, wanted, pending_messages)
      values (${is.id}, ${after.id}, ${is.token}, ${is.holder ?? ''},
        clock_timestamp() + ${leaseTtlMs} * interval '1 millisecond', ${wanted}, ${pending})
      on conflict (run_id) do update set token = excluded.token, holder = excluded.holder,
        expires_at = excluded.expires_at, wanted = excluded.wanted, pending_messages = excluded.pending_messages`.execute(
      rows,
    );
    return;
  }
  if (wanted !== wantedState(before) || pending !== waitingMessages(before))
    await sql`update run_lease set wanted = ${wanted}, pending_messages = ${pending} where run_id = ${is.id}`.execute(
      rows,
    );
}

function heldRun(mission: Mission): RunState | undefined {
  const run = openRun(mission);
  return run?.status === 'running' ? run : undefined;
}

function waitingMessages(mission: Mission): number {
  return Object.values(mission.messages).filter(
    ({ deliveredTo, answeredBy }) => deliveredTo === undefined && answeredBy === undefined,
  ).length;
}

export async function expiredRuns(
  rows: QueryExecutorProvider,
  limit: number,
): Promise<readonly ExpiredRun[]> {
  const { rows: expired } = await sql<{ run_id: string; mission_id: string; token: string }>`
    select run_id, mission_id, token from run_lease
    where expires_at < clock_timestamp() order by expires_at limit ${limit}`.execute(rows);
  return expired.map((row) => ({
    runId: row.run_id,
    missionId: row.mission_id,
    token: Number(row.token),
  }));
}

/** After an outage of whoever sweeps, holders that could not be told get one whole time to live of grace. */
export async function graceForAll(rows: QueryExecutorProvider, leaseTtlMs: number): Promise<void> {
  await sql`
    update run_lease set expires_at = clock_timestamp() + ${leaseTtlMs} * interval '1 millisecond'
    where expires_at < clock_timestamp() + ${leaseTtlMs} * interval '1 millisecond'`.execute(rows);
}

export async function liveRuns(rows: QueryExecutorProvider, missionId?: string): Promise<readonly LiveRun[]> {
  const { rows: live } = await sql<LiveRow>`
    select run_id, mission_id, holder, turn, last_line, context_pct, cost_usd, renewed_at from run_lease
    where ${missionId ?? null}::text is null or mission_id = ${missionId ?? null}`.execute(rows);
  return live.map((row) => ({
    runId: row.run_id,
    missionId: row.mission_id,
    holder: row.holder,
    turn: row.turn ?? undefined,
    lastLine: row.last_line ?? undefined,
    contextPct: row.context_pct ?? undefined,
    costUsd: row.cost_usd ?? undefined,
    renewedAt: row.renewed_at,
  }));
}

interface LiveRow {
  readonly run_id: string;
  readonly mission_id: string;
  readonly holder: string;
  readonly turn: number | null;
  readonly last_line: string | null;
  readonly context_pct: number | null;
  readonly cost_usd: number | null;
  readonly renewed_at: Date;
}
