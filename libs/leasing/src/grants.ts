import type { LockGranted, LockUpgraded } from './leasing.events.ts';
import { evolve, type HeldClaim, type Ledger } from './ledger.ts';
import { blockersOf, isGrantable, readersBeside, upgraded } from './queue.ts';

/**
 * What a ledger can give now. Holders that wait to be alone come first, since whoever waits in the queue waits for them
 * anyway; then first come, first served: a claim is granted when nothing stands before it, which may let a later one through.
 */
export function newGrants(ledger: Ledger, at: string): readonly (LockGranted | LockUpgraded)[] {
  const upgrades = upgradesOf(ledger, at);
  return [...upgrades, ...grantsOf(upgrades.reduce(evolve, ledger), at)];
}

function upgradesOf(ledger: Ledger, at: string): readonly LockUpgraded[] {
  return [...ledger.held.values()]
    .filter((holder) => holder.upgradeRequestedAt !== undefined && readersBeside(holder, ledger).length === 0)
    .map((holder) => ({ type: 'LockUpgraded', data: { ...upgradedGrant(holder), upgradedAt: at } }));
}

function upgradedGrant(
  holder: HeldClaim,
): Pick<HeldClaim, 'claimId' | 'owner' | 'resources' | 'ttlMs' | 'token'> {
  const { claimId, owner, resources, ttlMs, token } = upgraded(holder);
  return { claimId, owner, resources, ttlMs, token };
}

function grantsOf(ledger: Ledger, at: string): readonly LockGranted[] {
  const grants: LockGranted[] = [];
  let current = ledger;
  for (const { claimId, owner, resources, ttlMs, ...waiting } of ledger.queue) {
    const claim = { claimId, owner, resources, ttlMs };
    if (!isGrantable(blockersOf({ ...claim, ...waiting }, current, at))) continue;
    const grant: LockGranted = { type: 'LockGranted', data: { ...claim, grantedAt: at } };
    grants.push(grant);
    current = evolve(current, grant);
  }
  return grants;
}
