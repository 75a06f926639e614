import type { Decider } from '@missions/kernel';
import { sameOwner, type Claim } from './claim.ts';
import type {
  ExpireLease,
  LeasingCommand,
  ReleaseClaim,
  RequestClaim,
  WithdrawClaim,
} from './leasing.commands.ts';
import type { LeasingEvent, LockGranted } from './leasing.events.ts';
import { emptyLedger, evolve, type HeldClaim, type Ledger } from './ledger.ts';
import { anyOverlap } from './overlap.ts';
import { heldWith } from './held-with.ts';
import { blockersOf, isGrantable, waitingClaim } from './queue.ts';
import * as refusals from './refusals.ts';
import { canonicalResources, needsLockDelay } from './resource-set.ts';
import { cycleClosedBy } from './wait-for-graph.ts';

export interface LeasingContext {
  /** The database's time, ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  /** How long ports, environments and browsers stay closed after an expiry. */
  readonly lockDelayMs: number;
}

/** One ledger: claims join a queue, and whatever a command made grantable is granted in the same decision. */
export const leasing: Decider<Ledger, LeasingCommand, LeasingEvent, LeasingContext> = {
  initial: emptyLedger,
  decide,
  evolve,
};

/** Refuses with a `LeasingRefusal`; an empty result means that the command has happened already or changes nothing. */
export function decide(
  command: LeasingCommand,
  ledger: Ledger,
  context: LeasingContext,
): readonly LeasingEvent[] {
  const first = firstEvents(command, ledger, context);
  if (first.length === 0 && command.type !== 'ServeQueue') return [];
  return [...first, ...newGrants(first.reduce(evolve, ledger), context.at)];
}

function firstEvents(
  command: LeasingCommand,
  ledger: Ledger,
  context: LeasingContext,
): readonly LeasingEvent[] {
  switch (command.type) {
    case 'RequestClaim':
      return requestClaim(command, ledger, context);
    case 'ReleaseClaim':
      return releaseClaim(command, ledger, context);
    case 'WithdrawClaim':
      return withdrawClaim(command, ledger, context);
    case 'ExpireLease':
      return expireLease(command, ledger, context);
    case 'ServeQueue':
      return [];
  }
}

function requestClaim(
  { data }: RequestClaim,
  ledger: Ledger,
  { at }: LeasingContext,
): readonly LeasingEvent[] {
  const claim: Claim = { ...claimOf(data), resources: canonicalResources(data.resources) };
  const known = ledger.held.get(claim.claimId) ?? waitingClaim(ledger, claim.claimId);
  if (known !== undefined && !isSameClaim(known, claim)) throw refusals.claimReused(claim.claimId);
  if (known !== undefined) return [];
  const end = ledger.ended.get(claim.claimId);
  if (end !== undefined) throw refusals.claimEnded(claim.claimId, end.how);
  refuseOverlapWithItself(claim, ledger);
  const cycle = cycleClosedBy(claim, ledger, at);
  if (cycle.length > 0) throw refusals.lockCycle(claim.claimId, cycle);
  return [{ type: 'LockRequested', data: { ...claim, requestedAt: at } }];
}

function releaseClaim(
  { data }: ReleaseClaim,
  ledger: Ledger,
  { at }: LeasingContext,
): readonly LeasingEvent[] {
  const grant = heldWith(data, ledger, { unlessEnded: 'released' });
  if (grant === undefined) return [];
  return [{ type: 'LockReleased', data: { ...grantOf(grant), releasedAt: at } }];
}

function expireLease(
  { data }: ExpireLease,
  ledger: Ledger,
  { at, lockDelayMs }: LeasingContext,
): readonly LeasingEvent[] {
  const grant = heldWith(data, ledger, { unlessEnded: 'expired' });
  if (grant === undefined) return [];
  const until = new Date(Date.parse(at) + lockDelayMs).toISOString();
  const closed = grant.resources.filter(needsLockDelay).map((resource) => ({ resource, until }));
  return [{ type: 'LockExpired', data: { ...grantOf(grant), expiredAt: at, closed } }];
}

function withdrawClaim(
  { data: { claimId } }: WithdrawClaim,
  ledger: Ledger,
  { at }: LeasingContext,
): readonly LeasingEvent[] {
  const grant = ledger.held.get(claimId);
  if (grant !== undefined) throw refusals.claimGranted(claimId, grant.token);
  const waiting = waitingClaim(ledger, claimId);
  if (waiting !== undefined) {
    return [{ type: 'LockWithdrawn', data: { ...claimOf(waiting), withdrawnAt: at } }];
  }
  const end = ledger.ended.get(claimId);
  if (end === undefined) throw refusals.unknownClaim(claimId);
  if (end.how !== 'withdrawn') throw refusals.claimEnded(claimId, end.how);
  return [];
}

/** First come, first served: a claim is granted when nothing stands before it, which may let a later one through too. */
function newGrants(ledger: Ledger, at: string): readonly LockGranted[] {
  const grants: LockGranted[] = [];
  let current = ledger;
  for (const waiting of ledger.queue) {
    if (!isGrantable(blockersOf(waiting, current, at))) continue;
    const grant: LockGranted = { type: 'LockGranted', data: { ...claimOf(waiting), grantedAt: at } };
    grants.push(grant);
    current = evolve(current, grant);
  }
  return grants;
}

// Two leases of one owner on one thing would let the release of one hide that the other still holds.
function refuseOverlapWithItself(claim: Claim, ledger: Ledger): void {
  const own = [...ledger.held.values(), ...ledger.queue].find(
    (other) => sameOwner(other.owner, claim.owner) && anyOverlap(other.resources, claim.resources),
  );
  if (own !== undefined) throw refusals.overlappingClaim(claim.owner, own.claimId);
}

function isSameClaim(a: Claim, b: Claim): boolean {
  const sameResources = a.resources.join('\n') === b.resources.join('\n');
  return sameOwner(a.owner, b.owner) && sameResources && a.ttlMs === b.ttlMs;
}

function claimOf({ claimId, owner, resources, ttlMs }: Claim): Claim {
  return { claimId, owner, resources, ttlMs };
}

function grantOf(grant: HeldClaim): Claim & { readonly token: number } {
  return { ...claimOf(grant), token: grant.token };
}
