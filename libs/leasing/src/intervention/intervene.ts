import type { Actor } from '@missions/kernel';
import { grantOf, sameOwner } from '../claim.ts';
import { closuresOf } from '../closure.ts';
import { deadlockOf } from '../deadlock.ts';
import { heldWith } from '../held-with.ts';
import { evolve, type HeldClaim, type Ledger } from '../ledger.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { waitingClaim } from '../queue.ts';
import * as refusals from '../refusals.ts';
import type { ExtendLease, InterventionCommand, MoveWaiter, RevokeClaim } from './intervention.commands.ts';

export interface InterventionContext {
  readonly at: string;
  readonly lockDelayMs: number;
}

/** What people may do over the heads of owners; each is a fact with who did it and why. */
export function intervene(
  command: InterventionCommand,
  ledger: Ledger,
  context: InterventionContext,
): readonly LeasingEvent[] {
  requirePerson(command.data.by);
  switch (command.type) {
    case 'RevokeClaim':
      return revokeClaim(command, ledger, context);
    case 'ExtendLease':
      return extendLease(command, ledger, context);
    case 'MoveWaiter':
      return moveWaiter(command, ledger, context);
  }
}

function revokeClaim(
  { data: { confirm, by, reason, ...held } }: RevokeClaim,
  ledger: Ledger,
  { at, lockDelayMs }: InterventionContext,
): readonly LeasingEvent[] {
  const grant = heldWith(held, ledger, { unlessEnded: 'revoked' });
  if (grant === undefined) return [];
  if (!confirm) throw confirmationRequired(grant, ledger);
  const closed = closuresOf(grant, new Date(Date.parse(at) + lockDelayMs).toISOString());
  return [{ type: 'LockRevoked', data: { ...grantOf(grant), by, reason, revokedAt: at, closed } }];
}

function extendLease(
  { data: { forMs, by, reason, ...held } }: ExtendLease,
  ledger: Ledger,
  { at }: InterventionContext,
): readonly LeasingEvent[] {
  const grant = heldWith(held, ledger);
  if (grant === undefined) return [];
  const until = new Date(Date.parse(at) + forMs).toISOString();
  return [{ type: 'LockExtended', data: { ...grantOf(grant), by, reason, until, extendedAt: at } }];
}

function moveWaiter(
  { data }: MoveWaiter,
  ledger: Ledger,
  { at }: InterventionContext,
): readonly LeasingEvent[] {
  const moving = [data.claimId, ...(data.before === undefined ? [] : [data.before])];
  for (const claimId of moving) requireWaiting(claimId, ledger);
  const event: LeasingEvent = { type: 'WaiterMoved', data: { ...data, movedAt: at } };
  const after = evolve(ledger, event);
  const order = (queue: Ledger['queue']): string => JSON.stringify(queue.map(({ claimId }) => claimId));
  if (order(after.queue) === order(ledger.queue)) return [];
  refuseNewDeadlock(data.claimId, { before: ledger, after, at });
  return [event];
}

function requireWaiting(claimId: string, ledger: Ledger): void {
  if (waitingClaim(ledger, claimId) !== undefined) return;
  const held = ledger.held.get(claimId);
  if (held !== undefined) throw refusals.claimGranted(claimId, held.token);
  const end = ledger.ended.get(claimId);
  throw end === undefined ? refusals.unknownClaim(claimId) : refusals.claimEnded(claimId, end.how);
}

// Those who are overtaken wait for the one that was moved: the only other way, beside a new wish, to close a circle.
function refuseNewDeadlock(
  claimId: string,
  { before, after, at }: { readonly before: Ledger; readonly after: Ledger; readonly at: string },
): void {
  for (const { owner } of after.queue) {
    const cycle = deadlockOf(owner, after, at);
    if (cycle.length === 0) continue;
    const isOld = deadlockOf(owner, before, at).some((one) => sameOwner(one, owner));
    if (!isOld) throw refusals.lockCycle(claimId, cycle);
  }
}

function requirePerson(by: Actor): void {
  if (by.kind === 'person') return;
  throw new refusals.LeasingRefusal('NOT_A_PERSON', `Only a person may do this, and ${by.id} is none.`, {
    by,
  });
}

function confirmationRequired(grant: HeldClaim, ledger: Ledger): refusals.LeasingRefusal {
  const { claimId, owner, resources, grantedAt } = grant;
  const waiting = ledger.queue.length;
  return new refusals.LeasingRefusal(
    'CONFIRMATION_REQUIRED',
    `${claimId} of mission ${owner.missionId} holds this since ${grantedAt}; what its run is doing there is lost. Ask again with confirm.`,
    { claimId, owner, resources, grantedAt, waiting },
  );
}
