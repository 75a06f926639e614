import { sql, type Kysely } from 'kysely';
import type { LeaseChanges, LeaseKey, LeaseTable, RenewedLease } from '../ports/lease-table.ts';
import type { ResourceLockRows } from './resource-lock-rows.ts';

/** Leases as rows; every instant is made and compared by Postgres. */
export class PostgresLeaseTable implements LeaseTable {
  constructor(private readonly db: Kysely<ResourceLockRows>) {}

  async now(): Promise<string> {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(this.db);
    return rows[0]?.now.toISOString() ?? Promise.reject(new Error('The database told no time.'));
  }

  async apply(rows: unknown, changes: LeaseChanges): Promise<void> {
    await sql`select keep_leases(${JSON.stringify(changes)}::jsonb)`.execute(
      rows as Kysely<ResourceLockRows>,
    );
  }

  async renew({ scope, claimId, token }: LeaseKey): Promise<RenewedLease | undefined> {
    const { rows } = await sql<RenewedRow>`
      update resource_lease set expires_at = least(
        greatest(expires_at, clock_timestamp() + ttl_ms * interval '1 millisecond'), coalesce(ends_at, 'infinity'))
      where scope = ${scope} and claim_id = ${claimId} and token = ${token}
        and (ends_at is null or ends_at > clock_timestamp())
      returning expires_at, ends_at, wanted, changed_in,
        greatest(0, floor(extract(epoch from expires_at - clock_timestamp()) * 1000))::float8 as left_ms
    `.execute(this.db);
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      expiresAt: row.expires_at.toISOString(),
      leftMs: row.left_ms,
      endsAt: row.ends_at?.toISOString(),
      wanted: row.wanted,
      changedIn: row.changed_in,
    };
  }

  async expired({
    observedMs,
    limit,
  }: {
    readonly observedMs: number;
    readonly limit: number;
  }): Promise<readonly LeaseKey[]> {
    return this.db
      .selectFrom('resource_lease')
      .select(['scope', 'claim_id as claimId', 'token'])
      .where('expires_at', '<=', sql<Date>`clock_timestamp()`)
      .where('ttl_ms', '<=', observedMs)
      .orderBy('expires_at')
      .limit(limit)
      .execute();
  }

  async openings(): Promise<readonly string[]> {
    const rows = await this.db
      .selectFrom('resource_opening')
      .select('scope')
      .where('opens_at', '<=', sql<Date>`clock_timestamp()`)
      .execute();
    return rows.map(({ scope }) => scope);
  }
}

interface RenewedRow {
  readonly expires_at: Date;
  readonly left_ms: number;
  readonly ends_at: Date | null;
  readonly wanted: RenewedLease['wanted'];
  readonly changed_in: number;
}
