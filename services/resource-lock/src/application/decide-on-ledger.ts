import { reliably, type EventStore, type EventTransaction, type StreamAppend } from '@missions/event-store';
import type { Poker } from '@missions/bus';
import {
  ConcurrencyError,
  eventsOf,
  isConflict,
  isRefusal,
  type Clock,
  type NewEvent,
} from '@missions/kernel';
import { evolve, leasing, type Ledger, type LeasingCommand, type LeasingEvent } from '@missions/leasing';
import type { LeaseTable } from '../ports/lease-table.ts';
import { changesNothing, leaseChange } from './lease-change.ts';
import { streamOf, type Ledgers } from './ledgers.ts';

export interface LedgerCommand {
  readonly scope: string;
  readonly command: LeasingCommand;
  /** Unique for what is asked, not for the asking: a repeat carries the same id. */
  readonly commandId: string;
  readonly causationId?: string | undefined;
  readonly correlationId?: string | undefined;
}

export interface DecisionParts {
  readonly store: EventStore;
  readonly leases: LeaseTable;
  readonly ledgers: Ledgers;
  readonly poker: Poker;
  readonly clock: Clock;
  readonly lockDelayMs: number;
  /** How long owners that would wait for each other for ever may talk before one of them loses its claim. */
  readonly cycleTalkMs: number;
  readonly killPoint: (name: string) => void;
  /** Told of every decision after its commit; a repeat is none. */
  readonly observe: (decision: LedgerDecision) => void;
  /** The rules; another decider is for tests that remove one of them and look for the harm. */
  readonly decider?: Pick<typeof leasing, 'decide'>;
}

/** What a decision changed. */
export interface LedgerDecision {
  readonly before: Ledger;
  readonly events: readonly LeasingEvent[];
  readonly at: string;
}

/** Every conflict means that somebody else's decision went through, so this is far beyond any real contention. */
const maxAttempts = 200;

/** A database that restarts is waited for; whoever asked repeats the rest. */
const storeAwayMs = 2000;

const actor = { kind: 'service', id: 'resource-lock' } as const;

/** Takes one decision on one ledger: one append under its expected version, with the leases in the same commit. */
export class DecideOnLedger {
  constructor(private readonly parts: DecisionParts) {}

  /**
   * The ledger after the decision. Rejects with a `LeasingRefusal`, with `LeaseRenewedError` for a late expiry, or with
   * `StoreUnavailableError` when the store stays away; what was decided before is then found by a repeat.
   */
  decide(asked: LedgerCommand): Promise<Ledger> {
    return reliably(() => this.decideOnce(asked), { limitMs: storeAwayMs });
  }

  private async decideOnce(asked: LedgerCommand): Promise<Ledger> {
    const cached = this.parts.ledgers.cached(asked.scope);
    const quick = cached === undefined ? undefined : await this.attempt(asked, cached).catch(ifOutdated);
    if (quick?.appended === true) return quick.ledger;
    for (let attempt = 1; ; attempt += 1) {
      const ledger = await this.parts.ledgers.newest(asked.scope);
      try {
        return (await this.attempt(asked, ledger)).ledger;
      } catch (error) {
        if (!isConflict(error) || attempt === maxAttempts) throw error;
      }
    }
  }

  private async attempt(
    asked: LedgerCommand,
    ledger: Ledger,
  ): Promise<{ readonly ledger: Ledger; readonly appended: boolean }> {
    const { leases, ledgers, lockDelayMs, cycleTalkMs, decider = leasing } = this.parts;
    const { scope, command } = asked;
    const at = await leases.now();
    const events = decider.decide(command, ledger, { at, lockDelayMs, cycleTalkMs });
    const after = events.reduce(evolve, ledger);
    const change = leaseChange({ scope, command, events, after, at });
    if (events.length === 0 && changesNothing(change)) return { ledger, appended: false };
    const repeated = await this.write(this.newEvents(asked, events), ledger.version, change);
    if (repeated) return { ledger: await ledgers.newest(scope), appended: true };
    ledgers.remember(scope, after);
    if (events.length > 0) this.parts.poker.poke(streamOf(scope), after.version);
    this.parts.observe({ before: ledger, events, at });
    return { ledger: after, appended: true };
  }

  /** Whether the events were in the log already. */
  private async write(
    events: readonly NewEvent[],
    expectedVersion: number,
    change: ReturnType<typeof leaseChange>,
  ): Promise<boolean> {
    const { store, leases, killPoint } = this.parts;
    const stream = streamOf(change.scope);
    killPoint('resource-lock.before-append');
    const repeated = changesNothing(change)
      ? (await store.append({ stream, expectedVersion, events })).repeated
      : await store.transact([stream], async (tx) => {
          const isRepeat = await appended(tx, { stream, expectedVersion, events });
          if (!isRepeat) await leases.apply(tx.rows, change);
          return isRepeat;
        });
    killPoint('resource-lock.after-append');
    return repeated;
  }

  private newEvents(asked: LedgerCommand, events: readonly LeasingEvent[]): readonly NewEvent[] {
    const { scope, commandId, causationId = commandId, correlationId = streamOf(scope) } = asked;
    const occurredAt = this.parts.clock.now().toISOString();
    const provenance = { occurredAt, actor, correlationId, causationId };
    return eventsOf<string, unknown>(`${streamOf(scope)}/${commandId}`, events, provenance);
  }
}

// Without events nothing is checked by an append, and an opening derived from an old ledger must not be written.
async function appended(
  tx: EventTransaction,
  append: StreamAppend & { readonly expectedVersion: number },
): Promise<boolean> {
  if (append.events.length > 0) return (await tx.append(append)).repeated;
  const head = await tx.head(append.stream);
  if (head !== append.expectedVersion)
    throw new ConcurrencyError(append.stream, append.expectedVersion, head);
  return false;
}

// A decision on a cached ledger counts only if it was appended: a refusal may be about what has changed meanwhile.
function ifOutdated(error: unknown): undefined {
  if (isRefusal(error) || isConflict(error)) return undefined;
  throw error;
}
