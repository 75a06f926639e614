import type { Owner } from '../claim.ts';
import { claimOf, sameOwner } from '../claim.ts';
import { victimOf } from '../deadlock-victim.ts';
import { deadlockOf } from '../deadlock.ts';
import { newGrants } from '../grants.ts';
import { evolve, type Ledger } from '../ledger.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { blockersOf, waitingClaim } from '../queue.ts';
import type { Negotiation } from './negotiation.ts';
import { failedFor } from './open-negotiation.ts';

/**
 * All that follows from what was just decided: what can be granted is granted, talk about what has moved on ends, and where
 * talk about a circle ended without an agreement, a victim loses its claim, which may let others through.
 */
export function consequencesOf(
  first: readonly LeasingEvent[],
  before: Ledger,
  at: string,
): readonly LeasingEvent[] {
  const events = [...first];
  let ledger = first.reduce(evolve, before);
  const add = (next: readonly LeasingEvent[]): void => {
    events.push(...next);
    ledger = next.reduce(evolve, ledger);
  };
  for (;;) {
    add(newGrants(ledger, at));
    add(moot(ledger, at));
    const denied = denials(endedCircles(events, ledger), ledger, at);
    if (denied.length === 0) return events;
    add(denied);
  }
}

/** Negotiations whose deadline has passed: silence is refusal. */
export function overdue({ talk }: Ledger, at: string): readonly LeasingEvent[] {
  return [...talk.open.values()]
    .filter(({ deadline }) => deadline <= at)
    .map((negotiation) => failedFor(negotiation, 'timeout', at));
}

function moot(ledger: Ledger, at: string): readonly LeasingEvent[] {
  return [...ledger.talk.open.values()]
    .filter((negotiation) => hasMovedOn(negotiation, ledger, at))
    .map((negotiation) => failedFor(negotiation, 'stale', at));
}

function hasMovedOn({ cause, claimId, owner, holders }: Negotiation, ledger: Ledger, at: string): boolean {
  const asker = waitingClaim(ledger, claimId);
  if (asker === undefined) return true;
  if (cause === 'cycle') return deadlockOf(owner, ledger, at).length === 0;
  const inTheWay = blockersOf(asker, ledger, at).holders;
  return !holders.some(({ claimId: id, token }) =>
    inTheWay.some((holder) => holder.claimId === id && holder.token === token),
  );
}

/** The owners whose talk about a circle ended in these events, or that have nobody to talk with. */
function endedCircles(events: readonly LeasingEvent[], { talk, queue }: Ledger): readonly Owner[] {
  const ended = new Set(
    events.flatMap((event) =>
      event.type === 'NegotiationFailed' || event.type === 'NegotiationSettled'
        ? [event.data.negotiationId]
        : [],
    ),
  );
  const talked = talk.ended.filter(
    ({ cause, negotiationId }) => cause === 'cycle' && ended.has(negotiationId),
  );
  const mute = events.flatMap((event) => {
    if (event.type !== 'LockRequested') return [];
    const { claimId } = event.data;
    if ([...talk.open.values(), ...talk.ended].some((one) => one.claimId === claimId)) return [];
    return queue.some((one) => one.claimId === claimId) ? [event.data.owner] : [];
  });
  return [...talked.map(({ owner }) => owner), ...mute];
}

function denials(owners: readonly Owner[], ledger: Ledger, at: string): readonly LeasingEvent[] {
  for (const owner of owners) {
    const cycle = deadlockOf(owner, ledger, at);
    const victim = victimOf(cycle, ledger, at);
    if (victim === undefined) continue;
    const told = [victim.owner, ...cycle.filter((one) => !sameOwner(one, victim.owner))];
    return [{ type: 'LockDenied', data: { ...claimOf(victim), cycle: told, deniedAt: at } }];
  }
  return [];
}
