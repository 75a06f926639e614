import type { EventStore } from '@missions/event-store';
import { ConcurrencyError } from '@missions/kernel';
import type { DecisionLog, LedgerAppend, Logged } from '../ports/decision-log.ts';
import { LeaseRenewedError, NotNowError, type LeaseChanges, type LeaseTable } from '../ports/lease-table.ts';

/** Decisions in the event store, in one statement with the function `keep_leases` beside the append. */
export class StoreDecisionLog implements DecisionLog {
  constructor(
    private readonly store: Pick<EventStore, 'append' | 'transact'>,
    private readonly leases: Pick<LeaseTable, 'apply'>,
  ) {}

  async append(append: LedgerAppend, changes: LeaseChanges): Promise<Logged> {
    try {
      return append.events.length > 0
        ? await this.appendWith(append, changes)
        : await this.changeOnly(append, changes);
    } catch (error) {
      throw leaseErrorOf(error, changes);
    }
  }

  private async appendWith(append: LedgerAppend, argument: LeaseChanges): Promise<Logged> {
    const beside = { call: 'keep_leases', argument };
    const { repeated, answer } = await this.store.append({ ...append, beside });
    return { repeated, at: typeof answer === 'string' ? new Date(answer).toISOString() : undefined };
  }

  // Without events nothing is checked by an append, and an opening derived from an old ledger must not be written.
  private changeOnly({ stream, expectedVersion }: LedgerAppend, changes: LeaseChanges): Promise<Logged> {
    return this.store.transact([stream], async (tx) => {
      const head = await tx.head(stream);
      if (head !== expectedVersion) throw new ConcurrencyError(stream, expectedVersion, head);
      await this.leases.apply(tx.rows, changes);
      return { repeated: false, at: undefined };
    });
  }
}

/** What `keep_leases` raises. */
function leaseErrorOf(error: unknown, { estimatedAt = '' }: LeaseChanges): unknown {
  const { code, detail } = error as { readonly code?: unknown; readonly detail?: unknown };
  if (code === 'MS007') return new LeaseRenewedError(String(detail));
  if (code === 'MS008') return new NotNowError(estimatedAt);
  return error;
}
