import { sameOwner, type Claim } from './claim.ts';
import type { HeldClaim, Ledger, WaitingClaim } from './ledger.ts';
import { anyConflict, anyOverlap } from './overlap.ts';
import { lacksUnits, poolsOf, unitsOf } from './pool.ts';

/** Two claims exclude each other when their owners differ and their resources overlap in modes that do not go together. */
export function conflicts(a: Claim, b: Claim): boolean {
  return !sameOwner(a.owner, b.owner) && anyConflict(a.resources, b.resources);
}

export function waitingClaim(ledger: Ledger, claimId: string): WaitingClaim | undefined {
  return ledger.queue.find((waiting) => waiting.claimId === claimId);
}

/** What keeps a claim from being granted: holders, claims that came first, and resources closed after an expiry. */
export interface Blockers {
  readonly holders: readonly HeldClaim[];
  readonly earlier: readonly WaitingClaim[];
  /** The instant at which the last of the closed resources opens again. */
  readonly closedUntil: string | undefined;
}

/** The blockers of a waiting claim, or of one that would join the end of the queue now. */
export function blockersOf(claim: Claim, ledger: Ledger, at: string): Blockers {
  const place = ledger.queue.findIndex((waiting) => waiting.claimId === claim.claimId);
  const before = place < 0 ? ledger.queue : ledger.queue.slice(0, place);
  const lacking = poolsOf(claim).filter((pool) => lacksUnits(claim, pool, ledger, at));
  const takes = (other: Claim): boolean => lacking.some((pool) => unitsOf(other, pool) > 0);
  return {
    holders: [...ledger.held.values()].filter(
      (holder) => conflicts(asUpgraded(holder), claim) || takes(holder),
    ),
    earlier: before.filter((waiting) => conflicts(waiting, claim) || wantsSamePool(waiting, claim)),
    closedUntil: closedUntil(claim, lacking, { ledger, at }),
  };
}

/** Holders in the way of a holder that wants to upgrade: those that read beside it. Nobody who waits is in its way. */
export function readersBeside(holder: HeldClaim, ledger: Ledger): readonly HeldClaim[] {
  return [...ledger.held.values()].filter((other) => conflicts(other, upgraded(holder)));
}

/** The claim with everything it may upgrade held alone. */
export function upgraded<Held extends Claim>(claim: Held): Held {
  const resources = claim.resources.map((want) =>
    want.mode === 'U' ? { ...want, mode: 'X' as const } : want,
  );
  return { ...claim, resources };
}

export function isGrantable({ holders, earlier, closedUntil: until }: Blockers): boolean {
  return holders.length === 0 && earlier.length === 0 && until === undefined;
}

/** When time alone may next change something: the earliest end of a closure or of a negotiation; undefined when neither is. */
export function nextDue({ closures, talk }: Ledger, at: string): string | undefined {
  const openings = closures.map(({ until }) => until).filter((until) => until > at);
  const deadlines = [...talk.open.values()].map(({ deadline }) => deadline);
  return [...openings, ...deadlines].sort(byCodeUnit)[0];
}

// No new reader beside a holder that waits for its readers to leave: it would wait for ever.
function asUpgraded(holder: HeldClaim): HeldClaim {
  return holder.upgradeRequestedAt === undefined ? holder : upgraded(holder);
}

// Units may be free and still be somebody's turn: a small claim that overtook would starve a large one.
function wantsSamePool(a: Claim, b: Claim): boolean {
  return !sameOwner(a.owner, b.owner) && poolsOf(a).some((pool) => unitsOf(b, pool) > 0);
}

// Closures concern every owner, also the one whose lease ran out: its old effects may still be under way.
function closedUntil(
  claim: Claim,
  lackingPools: readonly string[],
  { ledger, at }: { readonly ledger: Ledger; readonly at: string },
): string | undefined {
  const open = ledger.closures.filter(({ until, resource, units }) => {
    if (until <= at) return false;
    if (units !== undefined) return lackingPools.includes(resource);
    return anyOverlap([{ resource, mode: 'X' }], claim.resources);
  });
  return open
    .map((closure) => closure.until)
    .sort(byCodeUnit)
    .at(-1);
}

// Instants are ISO 8601 in UTC with milliseconds, which sort as text.
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
