import { sql, type QueryExecutorProvider } from 'kysely';
import type { HeldLock, HeldLocks } from '../application/lock-errands.ts';

interface Row {
  readonly claim_id: string;
  readonly mission_id: string;
  readonly run_id: string;
  readonly scope: string;
  readonly token: string | null;
}

export class PostgresHeldLocks implements HeldLocks {
  constructor(private readonly database: QueryExecutorProvider) {}

  async remember({ claimId, missionId, runId, scope, token }: HeldLock): Promise<void> {
    await sql`
      insert into held_lock (claim_id, mission_id, run_id, scope, token)
      values (${claimId}, ${missionId}, ${runId}, ${scope}, ${token ?? null})
      on conflict (claim_id) do update set token = coalesce(excluded.token, held_lock.token)`.execute(
      this.database,
    );
  }

  async forget(claimId: string): Promise<void> {
    await sql`delete from held_lock where claim_id = ${claimId}`.execute(this.database);
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
