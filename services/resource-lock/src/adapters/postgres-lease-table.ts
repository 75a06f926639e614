import { sql, type Kysely } from 'kysely';
import {
  LeaseRenewedError,
  type EndedLease,
  type LeaseChange,
  type LeaseKey,
  type LeaseTable,
  type NewTerms,
  type RenewedLease,
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
    for (const terms of change.terms) await setTerms(tx, change.scope, terms);
    for (const grant of change.changed) await markChanged(tx, change, grant);
    if (change.opening !== undefined) await setOpening(tx, change.scope, change.opening.at);
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

async function setTerms(
  tx: Kysely<ResourceLockRows>,
  scope: string,
  { claimId, token, endsAt, wanted, keepUntil }: NewTerms,
): Promise<void> {
  const end = endsAt ?? null;
  const keep = keepUntil ?? null;
  await sql`
    update resource_lease set
      ends_at = case when ${end}::timestamptz is not null then ${end}::timestamptz
        when ends_at is null then null else greatest(ends_at, ${keep}::timestamptz) end,
      wanted = coalesce(${wanted ?? null}, wanted),
      expires_at = greatest(least(expires_at, coalesce(${end}::timestamptz, 'infinity')), ${keep}::timestamptz)
    where scope = ${scope} and claim_id = ${claimId} and token = ${token}
  `.execute(tx);
}

async function markChanged(
  tx: Kysely<ResourceLockRows>,
  { scope, version }: LeaseChange,
  { claimId, token }: { readonly claimId: string; readonly token: number },
): Promise<void> {
  await tx
    .updateTable('resource_lease')
    .set({ changed_in: version })
    .where('scope', '=', scope)
    .where('claim_id', '=', claimId)
    .where('token', '=', token)
    .execute();
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
