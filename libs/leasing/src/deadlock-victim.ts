import { sameOwner, type Owner } from './claim.ts';
import type { HeldClaim, Ledger, WaitingClaim } from './ledger.ts';

/**
 * Whose waiting claim is denied so that a circle ends: of the owners in it that hold something the one with the lowest
 * priority, then the one whose work is cheapest to do again, then the one that asked last. Only where nobody in it holds
 * anything yet does one lose a place that holds nothing. Upgrades are never taken: they are refused when asked.
 */
export function victimOf(circle: readonly Owner[], ledger: Ledger, at: string): WaitingClaim | undefined {
  const waiting = ledger.queue
    .map((claim, place) => ({ claim, place }))
    .filter(({ claim }) => circle.some((owner) => sameOwner(owner, claim.owner)));
  const holding = waiting.filter(({ claim }) => heldBy(claim.owner, ledger).length > 0);
  const [first] = (holding.length > 0 ? holding : waiting).sort(
    (a, b) =>
      priorityOf(a.claim) - priorityOf(b.claim) ||
      redoMs(a.claim, ledger, at) - redoMs(b.claim, ledger, at) ||
      b.place - a.place,
  );
  return first?.claim;
}

function priorityOf({ stakes }: WaitingClaim): number {
  return stakes?.priority ?? 0;
}

function redoMs({ stakes, owner }: WaitingClaim, ledger: Ledger, at: string): number {
  if (stakes?.redoMs !== undefined) return stakes.redoMs;
  return Math.max(0, ...heldBy(owner, ledger).map(({ grantedAt }) => Date.parse(at) - Date.parse(grantedAt)));
}

function heldBy(owner: Owner, { held }: Ledger): readonly HeldClaim[] {
  return [...held.values()].filter((one) => sameOwner(one.owner, owner));
}
