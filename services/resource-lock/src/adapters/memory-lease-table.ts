import {
  LeaseRenewedError,
  NotNowError,
  type LeaseChange,
  type LeaseChanges,
  type LeaseKey,
  type LeaseTable,
  type NewTerms,
  type RenewedLease,
  type Wanted,
} from '../ports/lease-table.ts';

/** As in `keep_leases`. */
const nowWithinMs = 250;

interface Row extends LeaseKey {
  readonly ttlMs: number;
  expiresAtMs: number;
  endsAtMs: number;
  wanted: Wanted;
  changedIn: number;
}

/** The same promises as the table in Postgres, with a clock that tests move. */
export class MemoryLeaseTable implements LeaseTable {
  private readonly rows = new Map<string, Row>();
  private readonly opensAt = new Map<string, string>();

  constructor(private nowMs: number) {}

  advance(ms: number): void {
    this.nowMs += ms;
  }

  now(): Promise<string> {
    return Promise.resolve(new Date(this.nowMs).toISOString());
  }

  async apply(_rows: unknown, changes: LeaseChanges): Promise<void> {
    await Promise.resolve(this.keep(changes));
  }

  /** What a memory store calls beside an append. */
  readonly calls = {
    keep_leases: (changes: unknown): string => this.keep(changes as LeaseChanges),
  };

  private keep({ scope, estimatedAt, changes }: LeaseChanges): string {
    const agoMs = estimatedAt === undefined ? 0 : this.nowMs - Date.parse(estimatedAt);
    if (agoMs < 0 || agoMs > nowWithinMs) throw new NotNowError(String(estimatedAt));
    const early = changes
      .flatMap(({ ended }) => ended)
      .find(({ claimId, byExpiry }) => byExpiry && !this.isExpired({ scope, claimId }));
    if (early !== undefined) throw new LeaseRenewedError(early.claimId);
    for (const change of changes) this.applyOne(scope, change);
    return new Date(this.nowMs).toISOString();
  }

  private applyOne(scope: string, change: LeaseChange): void {
    for (const { claimId } of change.ended) this.rows.delete(keyOf({ scope, claimId }));
    for (const { claimId, token, ttlMs } of change.granted) {
      this.rows.set(keyOf({ scope, claimId }), {
        scope,
        claimId,
        token,
        ttlMs,
        expiresAtMs: this.nowMs + ttlMs,
        endsAtMs: Infinity,
        wanted: 'go',
        changedIn: 0,
      });
    }
    for (const terms of change.terms) this.setTerms(scope, terms);
    for (const { claimId } of change.changed) {
      const row = this.rows.get(keyOf({ scope, claimId }));
      if (row) row.changedIn = change.version;
    }
    if (change.opening?.at !== undefined) this.opensAt.set(scope, change.opening.at);
    else if (change.opening !== undefined) this.opensAt.delete(scope);
  }

  renew({ scope, claimId, token }: LeaseKey): Promise<RenewedLease | undefined> {
    const row = this.rows.get(keyOf({ scope, claimId }));
    if (row?.token !== token || row.endsAtMs <= this.nowMs) return Promise.resolve(undefined);
    row.expiresAtMs = Math.min(Math.max(row.expiresAtMs, this.nowMs + row.ttlMs), row.endsAtMs);
    return Promise.resolve({
      expiresAt: new Date(row.expiresAtMs).toISOString(),
      leftMs: row.expiresAtMs - this.nowMs,
      endsAt: row.endsAtMs === Infinity ? undefined : new Date(row.endsAtMs).toISOString(),
      wanted: row.wanted,
      changedIn: row.changedIn,
    });
  }

  expired({
    observedMs,
    limit,
  }: {
    readonly observedMs: number;
    readonly limit: number;
  }): Promise<readonly LeaseKey[]> {
    const found = [...this.rows.values()].filter((row) => this.isExpired(row) && row.ttlMs <= observedMs);
    return Promise.resolve(
      found.slice(0, limit).map(({ scope, claimId, token }) => ({ scope, claimId, token })),
    );
  }

  openings(): Promise<readonly string[]> {
    const now = new Date(this.nowMs).toISOString();
    return Promise.resolve([...this.opensAt].filter(([, at]) => at <= now).map(([scope]) => scope));
  }

  private setTerms(scope: string, { claimId, token, endsAt, wanted, keepUntil }: NewTerms): void {
    const row = this.rows.get(keyOf({ scope, claimId }));
    if (row?.token !== token) return;
    const keepMs = keepUntil === undefined ? -Infinity : Date.parse(keepUntil);
    row.endsAtMs = endsAt === undefined ? Math.max(row.endsAtMs, keepMs) : Date.parse(endsAt);
    row.expiresAtMs = Math.max(Math.min(row.expiresAtMs, row.endsAtMs), keepMs);
    row.wanted = wanted ?? row.wanted;
  }

  private isExpired(lease: Pick<LeaseKey, 'scope' | 'claimId'>): boolean {
    const row = this.rows.get(keyOf(lease));
    return row !== undefined && row.expiresAtMs <= this.nowMs;
  }
}

function keyOf({ scope, claimId }: Pick<LeaseKey, 'scope' | 'claimId'>): string {
  return `${scope} ${claimId}`;
}
