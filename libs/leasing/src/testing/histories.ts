import { isRefusal } from '@missions/kernel';
import { leasing } from '../decide.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { emptyLedger, evolve, type Ledger } from '../ledger.ts';
import { atLeast } from '../mode.ts';
import type { ClaimStep, Step } from './steps.ts';
import { personCommand, talkCommand } from './talk-commands.ts';

export const lockDelayMs = 3000;
export const cycleTalkMs = 4000;
/** The pool of which histories want units. */
export const pool = 'pool:/r/gpu';

export const instant = (second: number): string =>
  new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

/** One command, and the ledger before and after it. */
export interface Moment {
  readonly before: Ledger;
  readonly after: Ledger;
  readonly at: string;
  readonly command: LeasingCommand;
  readonly events: readonly LeasingEvent[];
}

export type Decides = Pick<typeof leasing, 'decide'>;

/** The history, one command a second; whatever is refused changes nothing. */
export function play(steps: readonly Step[], decider: Decides = leasing): readonly Moment[] {
  let before = emptyLedger;
  return steps.map((one, second) => {
    const command = commandOf(one, before, second);
    const at = instant(second);
    const events = decided(command, before, { at, decider });
    const moment = { before, after: events.reduce(evolve, before), at, command, events };
    before = moment.after;
    return moment;
  });
}

export function decided(
  command: LeasingCommand,
  ledger: Ledger,
  { at, decider = leasing }: { readonly at: string; readonly decider?: Decides },
): readonly LeasingEvent[] {
  try {
    return decider.decide(command, ledger, { at, lockDelayMs, cycleTalkMs });
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

function commandOf(one: Step, ledger: Ledger, second: number): LeasingCommand {
  switch (one.kind) {
    case 'open':
    case 'propose':
    case 'counter':
    case 'accept':
    case 'refuse':
      return talkCommand(one, ledger, second);
    case 'revoke':
    case 'extend':
    case 'move':
      return personCommand(one, ledger);
    default:
      return claimCommand(one, ledger);
  }
}

// Releases and expiries aim at the real token, one below or one above it.
function claimCommand(one: ClaimStep, ledger: Ledger): LeasingCommand {
  switch (one.kind) {
    case 'request': {
      const { claimId: id, owner, resources, priority } = one;
      const data = { claimId: id, owner: { missionId: owner }, resources, ttlMs: 1000, stakes: { priority } };
      return { type: 'RequestClaim', data };
    }
    case 'release':
    case 'expire':
    case 'upgrade': {
      const token = Math.max(1, (ledger.held.get(one.claimId)?.token ?? 1) + one.tokenOffset);
      const types = { release: 'ReleaseClaim', expire: 'ExpireLease', upgrade: 'UpgradeClaim' } as const;
      return { type: types[one.kind], data: { claimId: one.claimId, token } };
    }
    case 'narrow': {
      const held = ledger.held.get(one.claimId);
      const kept = held?.resources[one.keep % held.resources.length] ?? { resource: pool, mode: 'X' };
      const mode = kept.units === undefined && atLeast(kept.mode, one.mode) ? one.mode : kept.mode;
      const data = { claimId: one.claimId, token: held?.token ?? 1, resources: [{ ...kept, mode }] };
      return { type: 'NarrowClaim', data };
    }
    case 'size':
      return { type: 'SizePool', data: { resource: pool, capacity: one.capacity } };
    case 'withdraw':
      return { type: 'WithdrawClaim', data: { claimId: one.claimId } };
    case 'serve':
      return { type: 'ServeQueue', data: {} };
  }
}
