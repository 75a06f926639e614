import { changedByOthers } from './changes.ts';
import { claimOf, grantOf } from './claim.ts';
import type { LockGranted, LockUpgraded } from './leasing.events.ts';
import { evolve, type Ledger } from './ledger.ts';
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
    .map((holder) => ({ type: 'LockUpgraded', data: { ...grantOf(upgraded(holder)), upgradedAt: at } }));
}

function grantsOf(ledger: Ledger, at: string): readonly LockGranted[] {
  const grants: LockGranted[] = [];
  let current = ledger;
  for (const waiting of ledger.queue) {
    if (!isGrantable(blockersOf(waiting, current, at))) continue;
    const changedBy = changedByOthers(current.changes, waiting);
    const grant: LockGranted = {
      type: 'LockGranted',
      data: { ...claimOf(waiting), grantedAt: at, ...(changedBy.length > 0 && { changedBy }) },
    };
    grants.push(grant);
    current = evolve(current, grant);
  }
  return grants;
}
