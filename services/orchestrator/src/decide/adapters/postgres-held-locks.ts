import { sql, type QueryExecutorProvider } from 'kysely';
import type { HeldLock, HeldLocks } from '../application/lock-errands.ts';
import type { WaitingLock, WaitingLocks } from '../application/watch-lock-waits.ts';

interface Row {
  readonly claim_id: string;
  readonly mission_id: string;
  readonly run_id: string;
  readonly scope: string;
  readonly token: string | null;
}

interface WaitingRow extends Row {
  readonly waiting_since: Date;
  readonly waited_ms: number;
  readonly is_overdue: boolean;
}

export class PostgresHeldLocks implements HeldLocks, WaitingLocks {
  constructor(private readonly database: QueryExecutorProvider) {}

  async remember({ claimId, missionId, runId, scope, token }: HeldLock): Promise<void> {
    await sql`
      insert into held_lock (claim_id, mission_id, run_id, scope, token)
      values (${claimId}, ${missionId}, ${runId}, ${scope}, ${token ?? null})
      on conflict (claim_id) do update set
        scope = excluded.scope,
        token = coalesce(excluded.token, held_lock.token),
        run_id = coalesce(nullif(excluded.run_id, ''), held_lock.run_id),
        -- What was asked for ahead keeps its mission waiting only from when a run needs it.
        waiting_since = case when held_lock.run_id = '' and excluded.run_id <> '' then now()
          else held_lock.waiting_since end`.execute(this.database);
  }

  async forget(claimId: string): Promise<void> {
    await sql`delete from held_lock where claim_id = ${claimId}`.execute(this.database);
  }

  async passOn(claimId: string, nextClaimId: string): Promise<void> {
    // Whether its mission was told that it waits too long is not passed on: who has been told so lets nobody through.
    await sql`
      with ended as (delete from held_lock where claim_id = ${claimId} returning *)
      insert into held_lock (claim_id, mission_id, run_id, scope, waiting_since)
      select ${nextClaimId}, mission_id, run_id, scope, waiting_since from ended
      on conflict (claim_id) do update set
        waiting_since = least(held_lock.waiting_since, excluded.waiting_since)`.execute(this.database);
  }

  async waitAnew(missionId: string): Promise<void> {
    await sql`
      update held_lock set waiting_since = now(), is_overdue = false
      where mission_id = ${missionId} and token is null`.execute(this.database);
  }

  async markOverdue(claimId: string): Promise<void> {
    await sql`update held_lock set is_overdue = true where claim_id = ${claimId} and token is null`.execute(
      this.database,
    );
  }

  async waiting(): Promise<readonly WaitingLock[]> {
    const { rows } = await sql<WaitingRow>`
      select *, extract(epoch from now() - waiting_since)::float8 * 1000 as waited_ms
      from held_lock where token is null and run_id <> '' order by waiting_since, claim_id`.execute(
      this.database,
    );
    return rows.map(({ claim_id, mission_id, scope, waiting_since, waited_ms, is_overdue }) => ({
      claimId: claim_id,
      missionId: mission_id,
      scope,
      since: waiting_since,
      waitedMs: waited_ms,
      isOverdue: is_overdue,
    }));
  }

  async ahead(): Promise<readonly HeldLock[]> {
    const { rows } = await sql<Row>`
      select * from held_lock where run_id = '' order by claim_id`.execute(this.database);
    return rows.map(heldLock);
  }

  async find(claimId: string): Promise<HeldLock | undefined> {
    const { rows } = await sql<Row>`select * from held_lock where claim_id = ${claimId}`.execute(
      this.database,
    );
    return rows.map(heldLock)[0];
  }

  async all(): Promise<readonly HeldLock[]> {
    const { rows } = await sql<Row>`select * from held_lock order by claim_id`.execute(this.database);
    return rows.map(heldLock);
  }
}

function heldLock(row: Row): HeldLock {
  return {
    claimId: row.claim_id,
    missionId: row.mission_id,
    runId: row.run_id,
    scope: row.scope,
    token: row.token === null ? undefined : Number(row.token),
  };
}
