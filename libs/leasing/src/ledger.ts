import { afterRelease, type LastChange } from './changes.ts';
import type { Claim, Grant } from './claim.ts';
import type { Closure } from './closure.ts';
import { EndedClaims, type EndedClaim } from './ended-claims.ts';
import type { LockRevoked } from './intervention/intervention.events.ts';
import type { LeasingEvent, LockGranted, LockReleased } from './leasing.events.ts';
import {
  evolveNegotiations,
  noNegotiations,
  withoutClaim,
  type Negotiations,
} from './negotiation/negotiation.ts';

export interface WaitingClaim extends Claim {
  readonly requestedAt: string;
  /** What was asked for, where that has become something else; a repeat of the request is known by it. */
  readonly asked?: Claim['resources'];
}

export interface HeldClaim extends Grant {
  readonly grantedAt: string;
  /** Since when it waits to be alone with what it holds as U. */
  readonly upgradeRequestedAt?: string;
  /** The furthest that a person extended its lease to; its holder may have promised less after that. */
  readonly keptUntil?: string;
  /** What was asked for, where something else is held by now. */
  readonly asked?: Claim['resources'];
}

/** Everything one scope has decided: who holds, who waits in which order, who talks, what is closed after an expiry. */
export interface Ledger {
  /** The version of the last event folded; a stream counts from 1 without gaps, so the next event has the next one. */
  readonly version: number;
  readonly held: ReadonlyMap<string, HeldClaim>;
  readonly queue: readonly WaitingClaim[];
  readonly closures: readonly Closure[];
  /** Capacities by the name of the pool. */
  readonly pools: ReadonlyMap<string, number>;
  /** The newest ended claims, so that a late repeat is recognised; older repeats are caught by their event ids. */
  readonly ended: EndedClaims;
  readonly talk: Negotiations;
  /** Who changed what last, oldest first, so that the next holder sees it. */
  readonly changes: readonly LastChange[];
}

export const emptyLedger: Ledger = {
  version: 0,
  held: new Map(),
  queue: [],
  closures: [],
  pools: new Map(),
  ended: EndedClaims.none,
  talk: noNegotiations,
  changes: [],
};

/** Total: every event counts one version; one that does not fit changes nothing else. */
export function evolve(ledger: Ledger, event: LeasingEvent): Ledger {
  const next = { ...ledger, version: ledger.version + 1 };
  switch (event.type) {
    case 'LockRequested':
      return { ...next, queue: [...ledger.queue, event.data] };
    case 'LockRequestNarrowed':
      return requestNarrowed(next, event.data);
    case 'LockGranted':
      return granted(next, event.data);
    case 'LockNarrowed':
    case 'LockUpgraded':
      return holdsNow(next, event.data);
    case 'LockUpgradeRequested':
      return upgradeRequested(next, event.data);
    case 'LockExtended':
      return extended(next, event.data);
    case 'WaiterMoved':
      return { ...next, queue: moved(ledger.queue, event.data) };
    case 'PoolSized':
      return { ...next, pools: new Map(ledger.pools).set(event.data.resource, event.data.capacity) };
    case 'LockReleased':
    case 'LockExpired':
    case 'LockRevoked':
    case 'LockWithdrawn':
    case 'LockDenied':
      return endedBy(next, event);
    case 'NegotiationOpened':
    case 'ProposalMade':
    case 'ProposalCountered':
    case 'ProposalAccepted':
    case 'NegotiationSettled':
    case 'NegotiationFailed':
      return { ...next, talk: evolveNegotiations(ledger.talk, event) };
    default:
      return next;
  }
}

type EndingType = 'LockReleased' | 'LockExpired' | 'LockRevoked' | 'LockWithdrawn' | 'LockDenied';

function endedBy(ledger: Ledger, { type, data }: Extract<LeasingEvent, { type: EndingType }>): Ledger {
  const { claimId } = data;
  switch (type) {
    case 'LockReleased':
      return ended(withChange(ledger, data), claimId, { how: 'released', token: data.token });
    case 'LockExpired':
      return ended(closed(ledger, data.closed), claimId, { how: 'expired', token: data.token });
    case 'LockRevoked':
      return revoked(ledger, data);
    case 'LockWithdrawn':
      return ended(ledger, claimId, { how: 'withdrawn' });
    case 'LockDenied':
      return ended(ledger, claimId, { how: 'denied', cycle: data.cycle });
  }
}

function revoked(
  ledger: Ledger,
  { claimId, token, by, reason, closed: closures }: LockRevoked['data'],
): Ledger {
  const revocation = { by: by.id, reason };
  return ended(closed(ledger, closures), claimId, { how: 'revoked', token, revocation });
}

function withChange(ledger: Ledger, { owner, resources, change }: LockReleased['data']): Ledger {
  if (change === undefined) return ledger;
  return {
    ...ledger,
    changes: afterRelease(ledger.changes, { ...change, missionId: owner.missionId, resources }),
  };
}

function closed(ledger: Ledger, closures: readonly Closure[]): Ledger {
  return { ...ledger, closures: [...ledger.closures, ...closures] };
}

function holdsNow(ledger: Ledger, { claimId, resources }: Pick<Claim, 'claimId' | 'resources'>): Ledger {
  return changed(ledger, claimId, ({ upgradeRequestedAt: _over, ...held }) => ({
    ...held,
    asked: held.asked ?? held.resources,
    resources,
  }));
}

function upgradeRequested(
  ledger: Ledger,
  { claimId, requestedAt }: { readonly claimId: string; readonly requestedAt: string },
): Ledger {
  return changed(ledger, claimId, (held) => ({ ...held, upgradeRequestedAt: requestedAt }));
}

// The order of holders is the order of their grants, and stays.
function changed(ledger: Ledger, claimId: string, change: (held: HeldClaim) => HeldClaim): Ledger {
  const held = ledger.held.get(claimId);
  if (held === undefined) return ledger;
  return { ...ledger, held: new Map(ledger.held).set(claimId, change(held)) };
}

function requestNarrowed(ledger: Ledger, narrowed: Claim): Ledger {
  const queue = ledger.queue.map((waiting) =>
    waiting.claimId === narrowed.claimId
      ? { ...waiting, resources: narrowed.resources, asked: waiting.asked ?? waiting.resources }
      : waiting,
  );
  return { ...ledger, queue };
}

function extended(ledger: Ledger, { claimId, until }: { readonly claimId: string; readonly until: string }) {
  const commitments = ledger.talk.commitments.map((commitment) =>
    commitment.claimId === claimId && commitment.until < until ? { ...commitment, until } : commitment,
  );
  const keeps = (held: HeldClaim): HeldClaim =>
    held.keptUntil !== undefined && held.keptUntil > until ? held : { ...held, keptUntil: until };
  return { ...changed(ledger, claimId, keeps), talk: { ...ledger.talk, commitments } };
}

function moved(
  queue: readonly WaitingClaim[],
  { claimId, before }: { readonly claimId: string; readonly before?: string },
): readonly WaitingClaim[] {
  const waiting = queue.find((one) => one.claimId === claimId);
  if (waiting === undefined) return queue;
  const others = queue.filter((one) => one !== waiting);
  const place = before === undefined ? 0 : others.findIndex((one) => one.claimId === before);
  return place < 0 ? queue : [...others.slice(0, place), waiting, ...others.slice(place)];
}

// A grant shows that what was closed before it had opened again, so the ledger forgets closures as of that time.
// Who changed what is held is no part of the claim: the grant told it, and `changes` remembers it.
function granted(ledger: Ledger, { changedBy: _told, ...data }: LockGranted['data']): Ledger {
  const claim = { ...data, token: ledger.version };
  const asked = ledger.queue.find(({ claimId }) => claimId === claim.claimId)?.asked;
  const held = asked === undefined ? claim : { ...claim, asked };
  return {
    ...ledger,
    held: new Map(ledger.held).set(claim.claimId, held),
    queue: ledger.queue.filter((waiting) => waiting.claimId !== claim.claimId),
    closures: ledger.closures.filter((closure) => closure.until > claim.grantedAt),
    talk: withoutClaim(ledger.talk, claim.claimId),
  };
}

function ended(ledger: Ledger, claimId: string, end: EndedClaim): Ledger {
  const held = new Map(ledger.held);
  held.delete(claimId);
  return {
    ...ledger,
    held,
    queue: ledger.queue.filter((waiting) => waiting.claimId !== claimId),
    ended: ledger.ended.with(claimId, end),
    talk: withoutClaim(ledger.talk, claimId),
  };
}
