import { claimableRun, openRun, wantedState, type Mission, type RunState } from '@missions/mission';
import type { ExpiredRun, LiveRun } from '../run-desk.ts';
import { waitingMessages } from '../waiting-messages.ts';
import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely';
import { wallClockChanges } from './wall-clock-rows.ts';

interface MissionChange {
  readonly before: Mission;
  readonly after: Mission;
  readonly leaseTtlMs: number;
}

/**
 * Brings the rows beside a mission's stream in line with the mission after an append; runs in the append's transaction. One
 * statement at most: no two of its parts touch the same row, so their order does not matter.
 */
export async function followMission(rows: QueryExecutorProvider, change: MissionChange): Promise<void> {
  const parts = [
    ...delegationChanges(change),
    ...leaseChanges(change),
    ...wallClockChanges(change.before, change.after),
  ];
  const [last] = parts;
  if (!last) return;
  const others = parts.slice(1).map((part, index) => sql`${sql.ref(`part_${String(index)}`)} as (${part})`);
  await (others.length === 0 ? last : sql`with ${sql.join(others)} ${last}`).execute(rows);
}

type Statement = RawBuilder<unknown>;

function delegationChanges({ before, after }: MissionChange): readonly Statement[] {
  const was = claimableRun(before);
  const is = claimableRun(after);
  if (was?.id === is?.id) return alertChange(was, is);
  return [
    ...(was ? [sql`delete from open_delegation where run_id = ${was.id}`] : []),
    ...(is
      ? [
          sql`insert into open_delegation (run_id, mission_id, role, task)
            values (${is.id}, ${after.id}, ${is.role}, ${is.task}) on conflict (run_id) do nothing`,
        ]
      : []),
  ];
}

function alertChange(was: RunState | undefined, is: RunState | undefined): readonly Statement[] {
  const alerted = is?.unclaimed !== undefined;
  if (!is || (was?.unclaimed !== undefined) === alerted) return [];
  return [sql`update open_delegation set alerted = ${alerted} where run_id = ${is.id}`];
}

function leaseChanges(change: MissionChange): readonly Statement[] {
  const was = heldRun(change.before);
  const is = heldRun(change.after);
  const gone = was && was.id !== is?.id ? [sql`delete from run_lease where run_id = ${was.id}`] : [];
  if (!is) return gone;
  if (is.id !== was?.id || is.token !== was.token) return [...gone, lease(is, change)];
  return wishesOf(change.before) === wishesOf(change.after) ? gone : [...gone, wishes(is, change.after)];
}

function lease({ id, token, holder }: RunState, { after, leaseTtlMs }: MissionChange): Statement {
  return sql`
    insert into run_lease (run_id, mission_id, token, holder, expires_at, wanted, pending_messages)
    values (${id}, ${after.id}, ${token}, ${holder ?? ''},
      clock_timestamp() + ${leaseTtlMs} * interval '1 millisecond', ${wantedState(after)}, ${waitingMessages(after)})
    on conflict (run_id) do update set token = excluded.token, holder = excluded.holder,
      expires_at = excluded.expires_at, wanted = excluded.wanted, pending_messages = excluded.pending_messages,
      moves = 0, moved_at = clock_timestamp(), quiet_ms = 0, alert = null, alert_at = null,
      next_checkpoint_at = null`;
}

/** What the mission wants of the run that is held, as a holder reads it with its renewal, and what it has said of it. */
function wishesOf(mission: Mission): string {
  return `${wantedState(mission)} ${String(waitingMessages(mission))} ${alertOf(mission) ?? ''}`;
}

function alertOf(mission: Mission): 'stalled' | 'stopping' | undefined {
  const run = openRun(mission);
  return run?.stopOrdered === 'stall' ? 'stopping' : run?.stalled ? 'stalled' : undefined;
}

function wishes({ id }: RunState, mission: Mission): Statement {
  const alert = alertOf(mission) ?? null;
  return sql`update run_lease set wanted = ${wantedState(mission)}, pending_messages = ${waitingMessages(mission)},
    alert = ${alert}, alert_at = case when alert is distinct from ${alert} then clock_timestamp() else alert_at end
    where run_id = ${id}`;
}

function heldRun(mission: Mission): RunState | undefined {
  const run = openRun(mission);
  return run?.status === 'running' ? run : undefined;
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
    select run_id, mission_id, holder, turn, last_line, context_pct, cost_usd, renewed_at, moved_at from run_lease
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
    movedAt: row.moved_at,
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
  readonly moved_at: Date;
}
