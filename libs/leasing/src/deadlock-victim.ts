import { sameOwner, type Owner } from './claim.ts';
import type { Ledger, WaitingClaim } from './ledger.ts';

/**
 * Whose waiting claim is denied so that a circle ends: of the owners in it that hold something the one with the lowest
 * priority, then the one whose work is cheapest to do again, then the one that asked last. Who holds nothing closes no circle
 * and loses no place; upgrades are never taken either, since they are refused when asked.
 */
export function victimOf(circle: readonly Owner[], ledger: Ledger, at: string): WaitingClaim | undefined {
  const waiting = ledger.queue
    .map((claim, place) => ({ claim, place }))
    .filter(({ claim }) => circle.some((owner) => sameOwner(owner, claim.owner)))
    .filter(({ claim }) => [...ledger.held.values()].some(({ owner }) => sameOwner(owner, claim.owner)));
  const [first] = waiting.sort(
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
  const own = [...ledger.held.values()].filter((held) => sameOwner(held.owner, owner));
  return Math.max(0, ...own.map(({ grantedAt }) => Date.parse(at) - Date.parse(grantedAt)));
}
