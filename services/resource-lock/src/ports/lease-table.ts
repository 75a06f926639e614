import { token } from '@missions/runtime';

/** A lease as the database's clock sees it. */
export interface LeaseKey {
  readonly scope: string;
  readonly claimId: string;
  readonly token: number;
}

export interface NewLease {
  readonly claimId: string;
  readonly token: number;
  readonly holder: string;
  readonly ttlMs: number;
}

/** What a holder promised, or a person decided, about the time of a lease. */
export interface NewTerms {
  readonly claimId: string;
  readonly token: number;
  /** Beyond it no renewal counts. */
  readonly endsAt?: string;
  readonly wanted?: Wanted;
  /** It lives at least so long, renewed or not, whatever was promised. */
  readonly keepUntil?: string;
}

/** What a holder is told when it renews. */
export type Wanted = 'go' | 'hand_over';

/** What one decision changes about the clocks of its ledger. */
export interface LeaseChange {
  readonly scope: string;
  /** The version of the ledger after the decision. */
  readonly version: number;
  readonly granted: readonly NewLease[];
  readonly ended: readonly EndedLease[];
  readonly terms: readonly NewTerms[];
  /** Grants of which something else is held than before. */
  readonly changed: readonly { readonly claimId: string; readonly token: number }[];
  /** When the ledger next has something to do by the passing of time; undefined leaves it as it is. */
  readonly opening: { readonly at: string | undefined } | undefined;
}

/** What the decisions of one append change, in their order. */
export interface LeaseChanges {
  readonly scope: string;
  /** The instant they were dated with, where that was worked out and not read. */
  readonly estimatedAt: string | undefined;
  readonly changes: readonly LeaseChange[];
}

export interface EndedLease {
  readonly claimId: string;
  readonly token: number;
  /** The end was decided because time ran out: it holds only if no renewal came first. */
  readonly byExpiry: boolean;
}

/** A lease after its renewal. */
export interface RenewedLease {
  readonly expiresAt: string;
  /** How long it lives from now. */
  readonly leftMs: number;
  readonly endsAt: string | undefined;
  readonly wanted: Wanted;
  /** The version of the ledger that last changed what is held. */
  readonly changedIn: number;
}

/** A renewal came between finding a lease expired and ending it; the lease lives on. */
export class LeaseRenewedError extends Error {
  readonly code = 'LEASE_RENEWED';
  constructor(readonly claimId: string) {
    super(`The lease of claim ${claimId} was renewed before its expiry was recorded.`);
    this.name = 'LeaseRenewedError';
  }
}

/** An instant that was worked out lies in the database's future, or too far in its past; nothing was written. */
export class NotNowError extends Error {
  readonly code = 'NOT_NOW';
  constructor(readonly at: string) {
    super(`It is not ${at} now, by the database's clock.`);
    this.name = 'NotNowError';
  }
}

/**
 * Until when each grant lives. There is a row exactly as long as the ledger says that the claim is held; it is kept in the
 * same commit. Time is only ever the database's.
 */
export interface LeaseTable {
  /** The database's time: ISO 8601 in UTC with milliseconds. */
  readonly now: () => Promise<string>;
  /**
   * Writes changes inside a transaction (`rows` of the event store). Rejects with `LeaseRenewedError` when a lease that ends
   * by expiry is not expired; the whole transaction is then undone.
   */
  readonly apply: (rows: unknown, changes: LeaseChanges) => Promise<void>;
  /**
   * Gives the lease its whole time again, up to what its holder promised; never shortens it. Undefined when no such lease is
   * held with this token, or its promised end has come. A lease that ran out but was not ended yet is renewed: nobody else was
   * granted its resources.
   */
  readonly renew: (lease: LeaseKey) => Promise<RenewedLease | undefined>;
  /** Leases past their end; only those whose whole time to live lies within the last `observedMs`. */
  readonly expired: (page: {
    readonly observedMs: number;
    readonly limit: number;
  }) => Promise<readonly LeaseKey[]>;
  /** Ledgers whose opening is due. */
  readonly openings: () => Promise<readonly string[]>;
}

export const LEASE_TABLE = token<LeaseTable>('LEASE_TABLE');
