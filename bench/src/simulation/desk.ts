import { isRefusal } from '@missions/kernel';
import {
  emptyLedger,
  evolve,
  ledgerView,
  leasing,
  nextDue,
  scopeOf,
  type Ledger,
  type Claim,
  type LeasingCommand,
  type LeasingEvent,
  type LedgerView,
  type Want,
} from '@missions/leasing';
import type { Agenda } from './agenda.ts';

type Listener = (event: LeasingEvent, scope: string) => void;

/** The ledgers of one simulation: the real decider, one command after another at simulated time. */
export class Desk {
  private readonly ledgers = new Map<string, Ledger>();
  private readonly due = new Set<string>();
  private listener: Listener = () => undefined;
  readonly counts = new Map<string, number>();
  /** The most talks that one claim asked for while it waited. */
  mostTalks = 0;

  constructor(private readonly agenda: Agenda) {}

  /** Told of each event once all of the decision is folded. */
  listen(listener: Listener): void {
    this.listener = listener;
  }

  ledger(scope: string): Ledger {
    return this.ledgers.get(scope) ?? emptyLedger;
  }

  /** As everybody outside of the service sees it. */
  view(scope: string): LedgerView {
    return ledgerView(scope, this.ledger(scope), this.agenda.at);
  }

  request(resources: readonly Want[], claim: Pick<Claim, 'claimId' | 'owner' | 'work'>): void {
    const data = { ...claim, resources: [...resources], ttlMs: 20_000 };
    this.send(scopeOf(resources), { type: 'RequestClaim', data });
  }

  /** Whether it was taken. A refusal is what a party that is too late is told; it changes nothing. */
  send(scope: string, command: LeasingCommand): boolean {
    const { at } = this.agenda;
    try {
      const context = { at, lockDelayMs: 10_000, cycleTalkMs: 60_000 };
      this.take(leasing.decide(command, this.ledger(scope), context), scope);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.count(`refused ${error.code}`);
      return false;
    }
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  private take(events: readonly LeasingEvent[], scope: string): void {
    this.ledgers.set(scope, events.reduce(evolve, this.ledger(scope)));
    this.mostTalks = Math.max(this.mostTalks, ...this.ledger(scope).talk.asked.values());
    for (const event of events) {
      this.count(event.type);
      this.agenda.after(0, () => {
        this.listener(event, scope);
      });
    }
    this.serveWhenDue(scope);
  }

  private serveWhenDue(scope: string): void {
    const { at } = this.agenda;
    const due = nextDue(this.ledger(scope), at);
    if (due === undefined || this.due.has(`${scope} ${due}`)) return;
    this.due.add(`${scope} ${due}`);
    this.agenda.after(Math.max(0, Date.parse(due) - Date.parse(at)), () => {
      this.send(scope, { type: 'ServeQueue', data: {} });
    });
  }
}
