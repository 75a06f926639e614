import type { Role, Task, WantedState } from '@missions/mission';
import { sql, type QueryExecutorProvider } from 'kysely';
import type {
  DelegationFilter,
  OpenDelegation,
  Renewal,
  RunDesk,
  RunOutlook,
  RunProgress,
} from '../run-desk.ts';

interface DelegationRow {
  readonly run_id: string;
  readonly mission_id: string;
  readonly role: Role;
  readonly task: Task;
}

interface LeaseRow {
  readonly wanted: WantedState;
  readonly pending_messages: number;
}

export class PostgresRunDesk implements RunDesk {
  constructor(private readonly database: QueryExecutorProvider) {}

  async openDelegations(
    { roles, tasks, labels }: DelegationFilter,
    limit: number,
  ): Promise<readonly OpenDelegation[]> {
    const { rows } = await sql<DelegationRow>`
      select run_id, mission_id, role, task from open_delegation
      where role = any(${[...roles]}) and task = any(${[...tasks]}) and labels <@ ${[...labels]}::text[]
      order by delegated_at limit ${limit}`.execute(this.database);
    return rows.map((row) => ({
      runId: row.run_id,
      missionId: row.mission_id,
      role: row.role,
      task: row.task,
    }));
  }

  async renew(request: {
    readonly runId: string;
    readonly token: number;
    readonly ttlMs: number;
    readonly progress: RunProgress;
    readonly moves?: number;
    readonly outlook?: RunOutlook;
  }): Promise<Renewal> {
    const { runId, token, ttlMs, progress, moves, outlook } = request;
    const touched = outlook?.touched && [...outlook.touched];
    const { rows } = await sql<LeaseRow>`
      update run_lease set
        expires_at = clock_timestamp() + ${ttlMs} * interval '1 millisecond',
        renewed_at = clock_timestamp(),
        turn = coalesce(${progress.turn ?? null}::integer, turn),
        last_line = coalesce(${progress.lastLine ?? null}::text, last_line),
        context_pct = coalesce(${progress.contextPct ?? null}::real, context_pct),
        cost_usd = coalesce(${progress.costUsd ?? null}::double precision, cost_usd),
        quiet_ms = coalesce(${progress.quietMs ?? null}::integer, quiet_ms),
        touched = coalesce(${touched ?? null}::text[], touched),
        next_checkpoint_at = coalesce(
          clock_timestamp() + ${outlook?.nextCheckpointInMs ?? null}::integer * interval '1 millisecond',
          next_checkpoint_at),
        moves = coalesce(${moves ?? null}::bigint, moves),
        moved_at = case when ${moves ?? null}::bigint <> moves then clock_timestamp() else moved_at end
      where run_id = ${runId} and token = ${token} and expires_at > clock_timestamp()
      returning wanted, pending_messages`.execute(this.database);
    const row = rows[0];
    if (!row) return { held: false };
    return { held: true, wanted: row.wanted, pendingMessages: row.pending_messages };
  }
}
