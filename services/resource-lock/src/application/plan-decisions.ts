import {
  evolve,
  type LeasingCommand,
  type LeasingContext,
  type leasing,
  type Ledger,
  type LeasingEvent,
} from '@missions/leasing';
import type { LeaseChange } from '../ports/lease-table.ts';
import { changesNothing, leaseChange } from './lease-change.ts';

export interface LedgerCommand {
  readonly scope: string;
  readonly command: LeasingCommand;
  /** Unique for what is asked, not for the asking: a repeat carries the same id. */
  readonly commandId: string;
  readonly causationId?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** What one command changes. */
export interface PlannedDecision {
  readonly asked: LedgerCommand;
  readonly before: Ledger;
  readonly events: readonly LeasingEvent[];
  readonly change: LeaseChange;
}

/** What several commands come to, each decided on the ledger that the one before left. */
export interface Plan {
  readonly after: Ledger;
  /** Those that change something. */
  readonly decisions: readonly PlannedDecision[];
  readonly refused: ReadonlyMap<LedgerCommand, unknown>;
}

type Decide = Pick<typeof leasing, 'decide'>['decide'];

/** A command that is refused changes nothing, and those behind it are decided as if it had not come. */
export function planDecisions(
  commands: readonly LedgerCommand[],
  ledger: Ledger,
  { decide, context }: { readonly decide: Decide; readonly context: LeasingContext },
): Plan {
  const decisions: PlannedDecision[] = [];
  const refused = new Map<LedgerCommand, unknown>();
  let before = ledger;
  for (const asked of commands) {
    try {
      const { scope, command } = asked;
      const events = decide(command, before, context);
      const after = events.reduce(evolve, before);
      const change = leaseChange({ scope, command, events, after, at: context.at });
      if (events.length > 0 || !changesNothing(change)) decisions.push({ asked, before, events, change });
      before = after;
    } catch (error) {
      refused.set(asked, error);
    }
  }
  return { after: before, decisions, refused };
}
