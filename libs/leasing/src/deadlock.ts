import { grantOf, sameOwner, type Claim, type Owner } from './claim.ts';
import { newGrants } from './grants.ts';
import { evolve, type HeldClaim, type Ledger } from './ledger.ts';
import { commitmentOf } from './negotiation/negotiation.ts';
import { circleFrom, waitForGraph } from './wait-for-graph.ts';

/**
 * The owners that would wait for each other for ever if this claim joined the queue, the claim's owner first; empty when
 * there is none. Only a new wish can close a circle: grants and ends only take edges away.
 */
export function deadlockClosedBy(claim: Claim, ledger: Ledger, at: string): readonly Owner[] {
  return deadlockOf(
    claim.owner,
    evolve(ledger, { type: 'LockRequested', data: { ...claim, requestedAt: at } }),
    at,
  );
}

/** The same for a holder that would wait to be alone. */
export function deadlockOfUpgrade(holder: HeldClaim, ledger: Ledger, at: string): readonly Owner[] {
  const data = { ...grantOf(holder), requestedAt: at };
  return deadlockOf(holder.owner, evolve(ledger, { type: 'LockUpgradeRequested', data }), at);
}

/**
 * The owners that wait for each other for ever, this one first; empty when there are none. A circle in the graph is a deadlock
 * when it stays even if everybody who waits for nothing, or has promised to, gives back what is held. For single resources it
 * always does; units of a pool may come from any of their holders, also from one outside of the circle.
 */
export function deadlockOf(owner: Owner, ledger: Ledger, at: string): readonly Owner[] {
  const circle = circleFrom(owner, waitForGraph(ledger, at));
  if (circle.length === 0) return [];
  return isStuck(owner, ledger, at) ? circle : [];
}

// Ends, because every round releases at least one grant for good.
function isStuck(owner: Owner, ledger: Ledger, at: string): boolean {
  let rest: Ledger = { ...ledger, closures: [] };
  for (;;) {
    rest = newGrants(rest, at).reduce(evolve, rest);
    const waiting = waitForGraph(rest, at).map((edge) => edge.owner);
    if (!waiting.some((one) => sameOwner(one, owner))) return false;
    const free = [...rest.held.values()].filter(
      (held) =>
        commitmentOf(rest.talk, held.claimId) !== undefined ||
        !waiting.some((one) => sameOwner(one, held.owner)),
    );
    if (free.length === 0) return true;
    rest = free.reduce(
      (left, held) => evolve(left, { type: 'LockReleased', data: { ...grantOf(held), releasedAt: at } }),
      rest,
    );
  }
}
