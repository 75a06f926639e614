import { sql, type Kysely } from 'kysely';
import {
  LeaseRenewedError,
  type EndedLease,
  type LeaseChange,
  type LeaseKey,
  type LeaseTable,
} from '../ports/lease-table.ts';
import type { ResourceLockRows } from './resource-lock-rows.ts';

/** Leases as rows; every instant is made and compared by Postgres. */
export class PostgresLeaseTable implements LeaseTable {
  constructor(private readonly db: Kysely<ResourceLockRows>) {}

  async now(): Promise<string> {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(this.db);
    return rows[0]?.now.toISOString() ?? Promise.reject(new Error('The database told no time.'));
  }

  async apply(rows: unknown, change: LeaseChange): Promise<void> {
    const tx = rows as Kysely<ResourceLockRows>;
    for (const lease of change.ended) await endLease(tx, change.scope, lease);
    if (change.granted.length > 0) await startLeases(tx, change);
    if (change.opening !== undefined) await setOpening(tx, change.scope, change.opening.at);
  }

  async renew({ scope, claimId, token }: LeaseKey): Promise<string | undefined> {
    const row = await this.db
      .updateTable('resource_lease')
      .set({ expires_at: sql<Date>`clock_timestamp() + ttl_ms * interval '1 millisecond'` })
      .where('scope', '=', scope)
      .where('claim_id', '=', claimId)
      .where('token', '=', token)
      .returning('expires_at')
      .executeTakeFirst();
    return row?.expires_at.toISOString();
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

// The row lock settles the race with a renewal: whoever comes second sees what the first one did.
async function endLease(
  tx: Kysely<ResourceLockRows>,
  scope: string,
  { claimId, token, byExpiry }: EndedLease,
): Promise<void> {
  const ended = await tx
    .deleteFrom('resource_lease')
    .where('scope', '=', scope)
    .where('claim_id', '=', claimId)
    .where('token', '=', token)
    .$if(byExpiry, (query) => query.where('expires_at', '<=', sql<Date>`clock_timestamp()`))
    .executeTakeFirst();
  if (byExpiry && ended.numDeletedRows === 0n) throw new LeaseRenewedError(claimId);
}

async function startLeases(tx: Kysely<ResourceLockRows>, { scope, granted }: LeaseChange): Promise<void> {
  const rows = granted.map(({ claimId, token, holder, ttlMs }) => ({
    scope,
    claim_id: claimId,
    token,
    holder,
    ttl_ms: ttlMs,
    expires_at: sql<Date>`clock_timestamp() + ${ttlMs} * interval '1 millisecond'`,
  }));
  await tx.insertInto('resource_lease').values(rows).execute();
}

async function setOpening(
  tx: Kysely<ResourceLockRows>,
  scope: string,
  at: string | undefined,
): Promise<void> {
  if (at === undefined) {
    await tx.deleteFrom('resource_opening').where('scope', '=', scope).execute();
    return;
  }
  await tx
    .insertInto('resource_opening')
    .values({ scope, opens_at: at })
    .onConflict((conflict) => conflict.column('scope').doUpdateSet({ opens_at: at }))
    .execute();
}
