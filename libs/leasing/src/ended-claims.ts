import type { Owner } from './claim.ts';

export interface EndedClaim {
  readonly how: 'released' | 'expired' | 'withdrawn' | 'denied' | 'revoked';
  readonly token?: number;
  /** The circle it was denied for. */
  readonly cycle?: readonly Owner[];
  readonly revocation?: Revocation;
}

/** The person who took it from its holder, and why. */
export interface Revocation {
  readonly by: string;
  readonly reason: string;
}

type Group = ReadonlyMap<string, EndedClaim>;

const groupSize = 32;
const maxFullGroups = 16;

/**
 * The newest claims that ended, 512 at least. A value like the rest of the ledger: one more makes a new one, which copies a
 * group of a few and shares the others, since copying all of them was the dearest part of a release.
 */
export class EndedClaims {
  static readonly none = new EndedClaims(new Map(), []);

  private constructor(
    private readonly newest: Group,
    /** Newest first, each full. */
    private readonly older: readonly Group[],
  ) {}

  get(claimId: string): EndedClaim | undefined {
    return this.newest.get(claimId) ?? this.older.find((group) => group.has(claimId))?.get(claimId);
  }

  with(claimId: string, end: EndedClaim): EndedClaims {
    const newest = new Map(this.newest).set(claimId, end);
    if (newest.size < groupSize) return new EndedClaims(newest, this.older);
    return new EndedClaims(new Map(), [newest, ...this.older.slice(0, maxFullGroups - 1)]);
  }
}
