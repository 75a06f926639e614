import { nextOpening, type Ledger, type LeasingCommand, type LeasingEvent } from '@missions/leasing';
import type { LeaseChange } from '../ports/lease-table.ts';

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
    granted: events.flatMap((event) =>
      event.type === 'LockGranted' ? newLease(event.data.claimId, after) : [],
    ),
    ended: events.flatMap((event) =>
      event.type === 'LockReleased' || event.type === 'LockExpired'
        ? [{ claimId: event.data.claimId, token: event.data.token, byExpiry: event.type === 'LockExpired' }]
        : [],
    ),
    opening: mayMoveOpening(command, events) ? { at: nextOpening(after, at) } : undefined,
  };
}

export function changesNothing({ granted, ended, opening }: LeaseChange): boolean {
  return granted.length === 0 && ended.length === 0 && opening === undefined;
}

function newLease(claimId: string, after: Ledger): LeaseChange['granted'] {
  const held = after.held.get(claimId);
  if (held === undefined) return [];
  return [{ claimId, token: held.token, holder: held.owner.missionId, ttlMs: held.ttlMs }];
}

function mayMoveOpening(command: LeasingCommand, events: readonly LeasingEvent[]): boolean {
  if (command.type === 'ServeQueue') return true;
  return events.some((event) => event.type === 'LockExpired' && event.data.closed.length > 0);
}
