import { sameOwner, type Claim, type Owner } from './claim.ts';
import type { Ledger } from './ledger.ts';
import { blockersOf } from './queue.ts';

/**
 * The owners that would wait for each other in a circle if this claim joined the queue, the claim's owner first;
 * empty when there is none. Only a new claim can close a circle: grants and ends only take edges away.
 */
export function cycleClosedBy(claim: Claim, ledger: Ledger, at: string): readonly Owner[] {
  const seen: Owner[] = [];
  const search = (owner: Owner, waitingClaims: readonly Claim[]): readonly Owner[] => {
    for (const next of waitingClaims.flatMap((waiting) => ownersBefore(waiting, ledger, at))) {
      if (sameOwner(next, claim.owner)) return [owner];
      if (seen.some((known) => sameOwner(known, next))) continue;
      seen.push(next);
      const rest = search(next, claimsWaitingFor(next, ledger));
      if (rest.length > 0) return [owner, ...rest];
    }
    return [];
  };
  return search(claim.owner, [claim, ...claimsWaitingFor(claim.owner, ledger)]);
}

function claimsWaitingFor(owner: Owner, ledger: Ledger): readonly Claim[] {
  return ledger.queue.filter((waiting) => sameOwner(waiting.owner, owner));
}

function ownersBefore(claim: Claim, ledger: Ledger, at: string): readonly Owner[] {
  const { holders, earlier } = blockersOf(claim, ledger, at);
  return [...holders, ...earlier].map(({ owner }) => owner);
}
