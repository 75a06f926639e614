import type { Claim, Grant } from './claim.ts';
import type { Closure, LeasingEvent } from './leasing.events.ts';

export interface WaitingClaim extends Claim {
  readonly requestedAt: string;
}

export interface HeldClaim extends Grant {
  readonly grantedAt: string;
  /** Since when it waits to be alone with what it holds as U. */
  readonly upgradeRequestedAt?: string;
}

export interface EndedClaim {
  readonly how: 'released' | 'expired' | 'withdrawn';
  readonly token?: number;
}

/** Everything one scope has decided: who holds, who waits in which order, what is closed after an expiry. */
export interface Ledger {
  /** The version of the last event folded; a stream counts from 1 without gaps, so the next event has the next one. */
  readonly version: number;
  readonly held: ReadonlyMap<string, HeldClaim>;
  readonly queue: readonly WaitingClaim[];
  readonly closures: readonly Closure[];
  /** Capacities by the name of the pool. */
  readonly pools: ReadonlyMap<string, number>;
  /** The newest ended claims, so that a late repeat is recognised; older repeats are caught by their event ids. */
  readonly ended: ReadonlyMap<string, EndedClaim>;
}

const maxEndedRemembered = 512;

export const emptyLedger: Ledger = {
  version: 0,
  held: new Map(),
  queue: [],
  closures: [],
  pools: new Map(),
  ended: new Map(),
};

/** Total: every event counts one version; one that does not fit changes nothing else. */
export function evolve(ledger: Ledger, event: LeasingEvent): Ledger {
  const next = { ...ledger, version: ledger.version + 1 };
  switch (event.type) {
    case 'LockRequested':
      return { ...next, queue: [...ledger.queue, event.data] };
    case 'LockGranted':
      return granted(next, { ...event.data, token: next.version });
    case 'LockReleased':
      return ended(next, event.data.claimId, { how: 'released', token: event.data.token });
    case 'LockExpired':
      return ended({ ...next, closures: [...ledger.closures, ...event.data.closed] }, event.data.claimId, {
        how: 'expired',
        token: event.data.token,
      });
    case 'LockWithdrawn':
      return ended(next, event.data.claimId, { how: 'withdrawn' });
    case 'LockNarrowed':
    case 'LockUpgraded':
      return changed(next, event.data.claimId, ({ upgradeRequestedAt: _over, ...held }) => ({
        ...held,
        resources: event.data.resources,
      }));
    case 'LockUpgradeRequested':
      return changed(next, event.data.claimId, (held) => ({
        ...held,
        upgradeRequestedAt: event.data.requestedAt,
      }));
    case 'PoolSized':
      return { ...next, pools: new Map(ledger.pools).set(event.data.resource, event.data.capacity) };
    default:
      return next;
  }
}

// The order of holders is the order of their grants, and stays.
function changed(ledger: Ledger, claimId: string, change: (held: HeldClaim) => HeldClaim): Ledger {
  const held = ledger.held.get(claimId);
  if (held === undefined) return ledger;
  return { ...ledger, held: new Map(ledger.held).set(claimId, change(held)) };
}

// A grant shows that what was closed before it had opened again, so the ledger forgets closures as of that time.
function granted(ledger: Ledger, claim: HeldClaim): Ledger {
  return {
    ...ledger,
    held: new Map(ledger.held).set(claim.claimId, claim),
    queue: ledger.queue.filter((waiting) => waiting.claimId !== claim.claimId),
    closures: ledger.closures.filter((closure) => closure.until > claim.grantedAt),
  };
}

function ended(ledger: Ledger, claimId: string, end: EndedClaim): Ledger {
  const held = new Map(ledger.held);
  held.delete(claimId);
  const remembered = new Map(ledger.ended).set(claimId, end);
  const [oldest] = remembered.keys();
  if (remembered.size > maxEndedRemembered && oldest !== undefined) remembered.delete(oldest);
  return {
    ...ledger,
    held,
    queue: ledger.queue.filter((waiting) => waiting.claimId !== claimId),
    ended: remembered,
  };
}
