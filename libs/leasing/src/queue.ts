import { sameOwner, type Claim } from './claim.ts';
import type { HeldClaim, Ledger, WaitingClaim } from './ledger.ts';
import { anyOverlap } from './overlap.ts';

/** Two claims exclude each other when their owners differ and their resources overlap. */
export function conflicts(a: Claim, b: Claim): boolean {
  return !sameOwner(a.owner, b.owner) && anyOverlap(a.resources, b.resources);
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
  return {
    holders: [...ledger.held.values()].filter((holder) => conflicts(holder, claim)),
    earlier: before.filter((waiting) => conflicts(waiting, claim)),
    closedUntil: closedUntil(claim, ledger, at),
  };
}

export function isGrantable({ holders, earlier, closedUntil: until }: Blockers): boolean {
  return holders.length === 0 && earlier.length === 0 && until === undefined;
}

/** When time alone may next change what can be granted: the earliest end of a closure; undefined when nothing is closed. */
export function nextOpening(ledger: Ledger, at: string): string | undefined {
  const ends = ledger.closures.map((closure) => closure.until).filter((until) => until > at);
  return ends.sort(byCodeUnit)[0];
}

// Closures concern every owner, also the one whose lease ran out: its old effects may still be under way.
function closedUntil(claim: Claim, ledger: Ledger, at: string): string | undefined {
  const open = ledger.closures.filter(
    (closure) => closure.until > at && anyOverlap([closure.resource], claim.resources),
  );
  return open
    .map((closure) => closure.until)
    .sort(byCodeUnit)
    .at(-1);
}

// Instants are ISO 8601 in UTC with milliseconds, which sort as text.
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
