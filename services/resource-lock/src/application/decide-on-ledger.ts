import { isTransient, reliably } from '@missions/event-store';
import type { Poker } from '@missions/bus';
import { eventsOf, isConflict, isRefusal, type Clock, type NewEvent } from '@missions/kernel';
import { leasing, type Ledger, type LeasingEvent } from '@missions/leasing';
import type { DecisionLog } from '../ports/decision-log.ts';
import { NotNowError } from '../ports/lease-table.ts';
import type { DatabaseClock, Instant } from './database-clock.ts';
import { streamOf, type Ledgers } from './ledgers.ts';
import { Line, type Answer } from './line.ts';
import { isNews } from './news.ts';
import { planDecisions, type LedgerCommand, type Plan, type PlannedDecision } from './plan-decisions.ts';

export interface DecisionParts {
  readonly log: DecisionLog;
  readonly ledgers: Ledgers;
  readonly time: DatabaseClock;
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

/** Every conflict means that another replica's decision went through, so this is far beyond any real contention. */
const maxAttempts = 200;

/** A database that restarts is waited for; whoever asked repeats the rest. */
const storeAwayMs = 2000;

/** As many as ask at the same time on a busy ledger; their events stay far below what one statement takes. */
const maxTogether = 32;
const maxWaiting = 10_000;

const actor = { kind: 'service', id: 'resource-lock' } as const;

/**
 * Takes the decisions on ledgers: one append under its expected version, with the leases in the same commit. What is asked
 * of one ledger at the same time is decided in the order it came, each command on what the one before left, and written
 * together: among themselves the requests of a replica never conflict, the version guards against other replicas.
 */
export class DecideOnLedger {
  private readonly line = new Line<LedgerCommand, Ledger>({
    work: (scope, commands) => reliably(() => this.decideTogether(scope, commands), { limitMs: storeAwayMs }),
    maxTogether,
    maxWaiting,
  });

  constructor(private readonly parts: DecisionParts) {}

  /**
   * The ledger after the decision. Rejects with a `LeasingRefusal`, with `LeaseRenewedError` for a late expiry, or with
   * `StoreUnavailableError` when the store stays away; what was decided before is then found by a repeat.
   */
  decide(asked: LedgerCommand): Promise<Ledger> {
    return this.line.join(asked.scope, asked);
  }

  // What was planned on a cached ledger, refusals too, counts only once an append has proved that it was the newest.
  private async decideTogether(
    scope: string,
    commands: readonly LedgerCommand[],
  ): Promise<readonly Answer<Ledger>[]> {
    const { ledgers, time } = this.parts;
    const cached = ledgers.cached(scope);
    let ledger = cached ?? (await ledgers.newest(scope));
    let isNewest = cached === undefined;
    let now = await time.now();
    for (let attempt = 1; ; attempt += 1) {
      const plan = this.plan(commands, ledger, now);
      try {
        const done = plan.decisions.length === 0 ? 'nothing' : await this.write(scope, { plan, ledger, now });
        if (done === 'written') return answersOf(commands, plan, plan.after);
        if (isNewest) return answersOf(commands, plan, await this.settled(scope, ledger, done));
      } catch (error) {
        if (attempt === maxAttempts || !mayBeOutdated(error, isNewest)) throw error;
        if (error instanceof NotNowError) {
          now = await time.read();
          continue;
        }
      }
      ledger = await ledgers.newest(scope);
      isNewest = true;
      now = await time.now();
    }
  }

  private plan(commands: readonly LedgerCommand[], ledger: Ledger, { at }: Instant): Plan {
    const { lockDelayMs, cycleTalkMs, decider = leasing } = this.parts;
    const context = { at, lockDelayMs, cycleTalkMs };
    return planDecisions(commands, ledger, {
      decide: (...asked) => decider.decide(...asked),
      context,
    });
  }

  private settled(scope: string, ledger: Ledger, done: 'nothing' | 'repeated'): Ledger | Promise<Ledger> {
    return done === 'nothing' ? ledger : this.parts.ledgers.newest(scope);
  }

  private async write(
    scope: string,
    { plan, ledger, now }: { readonly plan: Plan; readonly ledger: Ledger; readonly now: Instant },
  ): Promise<'written' | 'repeated'> {
    const { log, ledgers, poker, time, killPoint, observe } = this.parts;
    const stream = streamOf(scope);
    const { after, decisions } = plan;
    const events = decisions.flatMap((decision) => this.newEvents(decision));
    const estimatedAt = now.isEstimate ? now.at : undefined;
    killPoint('resource-lock.before-append');
    const { repeated, at } = await log.append(
      { stream, expectedVersion: ledger.version, events },
      { scope, estimatedAt, changes: decisions.map(({ change }) => change) },
    );
    killPoint('resource-lock.after-append');
    if (repeated) return 'repeated';
    if (at !== undefined) time.hear(at);
    ledgers.remember(scope, after);
    if (decisions.some(isNews)) poker.poke(stream, after.version);
    for (const { before, events: decided } of decisions) observe({ before, events: decided, at: now.at });
    return 'written';
  }

  private newEvents({ asked, events }: PlannedDecision): readonly NewEvent[] {
    const { scope, commandId, causationId = commandId, correlationId = streamOf(scope) } = asked;
    const occurredAt = this.parts.clock.now().toISOString();
    const provenance = { occurredAt, actor, correlationId, causationId };
    return eventsOf<string, unknown>(`${streamOf(scope)}/${commandId}`, events, provenance);
  }
}

function answersOf(
  commands: readonly LedgerCommand[],
  { refused }: Plan,
  ledger: Ledger,
): readonly Answer<Ledger>[] {
  return commands.map((asked) => (refused.has(asked) ? { error: refused.get(asked) } : { result: ledger }));
}

// On a cached ledger a refusal of the store may be about what has changed meanwhile.
function mayBeOutdated(error: unknown, isNewest: boolean): boolean {
  if (isTransient(error)) return false;
  return isConflict(error) || error instanceof NotNowError || (!isNewest && isRefusal(error));
}
