import type { Decider } from '@missions/kernel';
import { claimOf, grantOf, sameOwner, type Claim } from './claim.ts';
import { closuresOf } from './closure.ts';
import type {
  ExpireLease,
  LeasingCommand,
  NarrowClaim,
  ReleaseClaim,
  RequestClaim,
  SizePool,
  UpgradeClaim,
  WithdrawClaim,
} from './leasing.commands.ts';
import type { LeasingEvent } from './leasing.events.ts';
import { deadlockClosedBy, deadlockOfUpgrade } from './deadlock.ts';
import { heldWith } from './held-with.ts';
import { intervene } from './intervention/intervene.ts';
import { emptyLedger, evolve, type HeldClaim, type Ledger, type WaitingClaim } from './ledger.ts';
import { consequencesOf, overdue } from './negotiation/consequences.ts';
import { decideNegotiation } from './negotiation/decide-negotiation.ts';
import { commitmentOf } from './negotiation/negotiation.ts';
import { negotiationOpened } from './negotiation/open-negotiation.ts';
import { anyOverlap } from './overlap.ts';
import { poolsOf, unitsOf } from './pool.ts';
import { blockersOf, readersBeside, waitingClaim } from './queue.ts';
import * as refusals from './refusals.ts';
import { parseResource, formatResource } from './resource.ts';
import { canonicalWants, covers } from './want-set.ts';

export interface LeasingContext {
  /** The database's time, ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  /** How long ports, environments, browsers and pools stay closed after an expiry. */
  readonly lockDelayMs: number;
  /** How long owners that would wait for each other for ever may talk before one of them loses its claim. */
  readonly cycleTalkMs: number;
}

/** One ledger: claims join a queue, and whatever follows from a command is decided with it. */
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
  return consequencesOf(first, ledger, context.at);
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
    case 'NarrowClaim':
      return narrowClaim(command, ledger, context);
    case 'UpgradeClaim':
      return upgradeClaim(command, ledger, context);
    case 'WithdrawClaim':
      return withdrawClaim(command, ledger, context);
    case 'ExpireLease':
      return expireLease(command, ledger, context);
    case 'SizePool':
      return sizePool(command, ledger, context);
    case 'ServeQueue':
      return overdue(ledger, context.at);
    case 'RevokeClaim':
    case 'ExtendLease':
    case 'MoveWaiter':
      return intervene(command, ledger, context);
    default:
      return decideNegotiation(command, ledger, context.at);
  }
}

function requestClaim(
  { data }: RequestClaim,
  ledger: Ledger,
  { at, cycleTalkMs }: LeasingContext,
): readonly LeasingEvent[] {
  const claim: Claim = { ...claimOf(data), resources: canonicalWants(data.resources) };
  const known = ledger.held.get(claim.claimId) ?? waitingClaim(ledger, claim.claimId);
  if (known !== undefined && !isSameClaim(known, claim)) throw refusals.claimReused(claim.claimId);
  if (known !== undefined) return [];
  const end = ledger.ended.get(claim.claimId);
  if (end?.how === 'denied') throw refusals.lockCycle(claim.claimId, end.cycle ?? []);
  if (end !== undefined) throw refusals.claimEnded(claim.claimId, end.how);
  refuseOverlapWithItself(claim, ledger);
  refuseTooManyUnits(claim, ledger);
  const requested: LeasingEvent = { type: 'LockRequested', data: { ...claim, requestedAt: at } };
  return [requested, ...talkAboutCycle(claim, ledger, { at, cycleTalkMs })];
}

// Who closes a circle first asks those in it, about what somebody of it waits for; where none of them holds anything of that,
// there is nobody to ask.
function talkAboutCycle(
  claim: Claim,
  ledger: Ledger,
  { at, cycleTalkMs }: Pick<LeasingContext, 'at' | 'cycleTalkMs'>,
): readonly LeasingEvent[] {
  const cycle = deadlockClosedBy(claim, ledger, at);
  const isInCycle = ({ owner }: Pick<Claim, 'owner'>): boolean => cycle.some((one) => sameOwner(one, owner));
  const held = [...ledger.held.values()].filter(isInCycle);
  const inTheWay = new Set([
    ...[claim, ...ledger.queue.filter(isInCycle)].flatMap((one) => blockersOf(one, ledger, at).holders),
    ...held.filter(isUpgrading).flatMap((one) => readersBeside(one, ledger)),
  ]);
  const holders = held.filter((one) => inTheWay.has(one) && !sameOwner(one.owner, claim.owner));
  if (cycle.length === 0 || holders.length === 0 || cycleTalkMs === 0) return [];
  const negotiationId = `cycle/${claim.claimId}`;
  return [negotiationOpened({ negotiationId, cause: 'cycle', claim, holders, cycle }, cycleTalkMs, at)];
}

function isUpgrading({ upgradeRequestedAt }: HeldClaim): boolean {
  return upgradeRequestedAt !== undefined;
}

function releaseClaim(
  { data }: ReleaseClaim,
  ledger: Ledger,
  { at }: LeasingContext,
): readonly LeasingEvent[] {
  const grant = heldWith(data, ledger, { unlessEnded: 'released' });
  if (grant === undefined) return [];
  const { change } = data;
  return [{ type: 'LockReleased', data: { ...grantOf(grant), releasedAt: at, ...(change && { change }) } }];
}

function narrowClaim(
  { data: { resources, ...held } }: NarrowClaim,
  ledger: Ledger,
  { at }: LeasingContext,
): readonly LeasingEvent[] {
  const grant = requireHeld(held, ledger);
  const kept = canonicalWants(resources);
  if (!covers(grant.resources, kept)) throw refusals.notNarrower(grant.claimId);
  if (sameWants(grant.resources, kept) && grant.upgradeRequestedAt === undefined) return [];
  return [{ type: 'LockNarrowed', data: { ...grantOf(grant), resources: kept, narrowedAt: at } }];
}

function upgradeClaim(
  { data }: UpgradeClaim,
  ledger: Ledger,
  { at }: LeasingContext,
): readonly LeasingEvent[] {
  const grant = requireHeld(data, ledger);
  const hasUpgrades = grant.resources.some(({ mode }) => mode === 'U');
  if (!hasUpgrades || grant.upgradeRequestedAt !== undefined) return [];
  const cycle = deadlockOfUpgrade(grant, ledger, at);
  if (cycle.length > 0) throw refusals.lockCycle(grant.claimId, cycle);
  return [{ type: 'LockUpgradeRequested', data: { ...grantOf(grant), requestedAt: at } }];
}

function expireLease(
  { data }: ExpireLease,
  ledger: Ledger,
  { at, lockDelayMs }: LeasingContext,
): readonly LeasingEvent[] {
  const grant = heldWith(data, ledger, { unlessEnded: 'expired' });
  if (grant === undefined) return [];
  const closed = closuresOf(grant, new Date(Date.parse(at) + lockDelayMs).toISOString());
  const promised = commitmentOf(ledger.talk, grant.claimId);
  const due = promised !== undefined && promised.until <= at;
  const because = due ? { negotiationId: promised.negotiationId } : {};
  return [{ type: 'LockExpired', data: { ...grantOf(grant), expiredAt: at, closed, ...because } }];
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

function sizePool({ data }: SizePool, ledger: Ledger, { at }: LeasingContext): readonly LeasingEvent[] {
  const parsed = parseResource(data.resource);
  if (parsed.kind !== 'pool') throw refusals.noPool(data.resource);
  const { capacity } = data;
  const resource = formatResource(parsed);
  if (ledger.pools.get(resource) === capacity) return [];
  const stuck = ledger.queue.find((waiting) => unitsOf(waiting, resource) > capacity);
  if (stuck !== undefined)
    throw refusals.poolTooSmall(resource, {
      units: unitsOf(stuck, resource),
      capacity,
      claimId: stuck.claimId,
    });
  return [{ type: 'PoolSized', data: { resource, capacity, sizedAt: at } }];
}

// Two leases of one owner on one thing would let the release of one hide that the other still holds.
function refuseOverlapWithItself(claim: Claim, ledger: Ledger): void {
  const own = [...ledger.held.values(), ...ledger.queue].find(
    (other) => sameOwner(other.owner, claim.owner) && anyOverlap(other.resources, claim.resources),
  );
  if (own !== undefined) throw refusals.overlappingClaim(claim.owner, own.claimId);
}

function refuseTooManyUnits(claim: Claim, ledger: Ledger): void {
  for (const pool of poolsOf(claim)) {
    const capacity = ledger.pools.get(pool);
    if (capacity === undefined) throw refusals.unknownPool(pool, [...ledger.pools.keys()]);
    const units = unitsOf(claim, pool);
    if (units > capacity) throw refusals.poolTooSmall(pool, { units, capacity, claimId: claim.claimId });
  }
}

/** The grant this token holds; a claim that ended is refused. */
function requireHeld(held: { readonly claimId: string; readonly token: number }, ledger: Ledger): HeldClaim {
  const grant = heldWith(held, ledger);
  if (grant === undefined) throw refusals.unknownClaim(held.claimId);
  return grant;
}

// What a claim has become since does not make a repeat of its request something else.
function isSameClaim(known: WaitingClaim | HeldClaim, asked: Claim): boolean {
  if (!sameOwner(known.owner, asked.owner) || known.ttlMs !== asked.ttlMs) return false;
  return sameWants(known.asked ?? known.resources, asked.resources);
}

function sameWants(a: Claim['resources'], b: Claim['resources']): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
