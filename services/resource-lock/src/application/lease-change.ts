import { nextDue, type Ledger, type LeasingCommand, type LeasingEvent } from '@missions/leasing';
import type { EndedLease, LeaseChange, NewTerms } from '../ports/lease-table.ts';

export interface Decision {
  readonly scope: string;
  readonly command: LeasingCommand;
  /** The events decided, and the ledger with them. */
  readonly events: readonly LeasingEvent[];
  readonly after: Ledger;
  readonly at: string;
}

/** What a decision means for the clocks: a lease for each grant, none for each end, the next opening if it may have moved. */
export function leaseChange({ scope, command, events, after, at }: Decision): LeaseChange {
  return {
    scope,
    version: after.version,
    granted: events.flatMap((event) =>
      event.type === 'LockGranted' ? newLease(event.data.claimId, after) : [],
    ),
    ended: events.flatMap(endedLease),
    terms: events.flatMap(newTerms),
    changed: events.flatMap(({ type, data }) =>
      type === 'LockNarrowed' || type === 'LockUpgraded' ? [data] : [],
    ),
    opening: mayMoveOpening(command, events) ? { at: nextDue(after, at) } : undefined,
  };
}

export function changesNothing({ granted, ended, terms, changed, opening }: LeaseChange): boolean {
  const leases = [granted, ended, terms, changed];
  return leases.every((list) => list.length === 0) && opening === undefined;
}

function newLease(claimId: string, after: Ledger): LeaseChange['granted'] {
  const held = after.held.get(claimId);
  if (held === undefined) return [];
  return [{ claimId, token: held.token, holder: held.owner.missionId, ttlMs: held.ttlMs }];
}

function endedLease({ type, data }: LeasingEvent): readonly EndedLease[] {
  if (type !== 'LockReleased' && type !== 'LockExpired' && type !== 'LockRevoked') return [];
  const { claimId, token } = data;
  return [{ claimId, token, byExpiry: type === 'LockExpired' }];
}

function newTerms({ type, data }: LeasingEvent): readonly NewTerms[] {
  if (type === 'LockExtended') {
    const { claimId, token, until } = data;
    return [{ claimId, token, keepUntil: until }];
  }
  if (type !== 'NegotiationSettled') return [];
  return data.commitments.flatMap(({ claimId, token, offer }): readonly NewTerms[] => {
    if (offer.kind === 'release_at') return [{ claimId, token, endsAt: offer.at, wanted: 'go' }];
    if (offer.kind !== 'hand_over_at_checkpoint') return [];
    return [{ claimId, token, endsAt: offer.latestAt, wanted: 'hand_over' }];
  });
}

const movesOpening = new Set<LeasingEvent['type']>([
  'NegotiationOpened',
  'NegotiationSettled',
  'NegotiationFailed',
]);

function mayMoveOpening(command: LeasingCommand, events: readonly LeasingEvent[]): boolean {
  if (command.type === 'ServeQueue') return true;
  return events.some(
    ({ type, data }) =>
      movesOpening.has(type) ||
      ((type === 'LockExpired' || type === 'LockRevoked') && data.closed.length > 0),
  );
}
