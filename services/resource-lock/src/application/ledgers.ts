import type { EventStore } from '@missions/event-store';
import { emptyLedger, evolve, leasingEventSchema, type Ledger, type LeasingEvent } from '@missions/leasing';

const pageSize = 1000;

export function streamOf(scope: string): string {
  return `resources-${scope}`;
}

/** The ledgers this replica has folded so far; what is cached may be behind the log, never ahead of it or beside it. */
export class Ledgers {
  private readonly known = new Map<string, Ledger>();
  private readonly listeners: ((scope: string) => void)[] = [];

  constructor(
    private readonly store: Pick<EventStore, 'read'>,
    private readonly maxKnown = 256,
  ) {}

  /** What is known without asking; good enough to try an append with its version. */
  cached(scope: string): Ledger | undefined {
    return this.known.get(scope);
  }

  /** The ledger as it is in the log now. */
  async newest(scope: string): Promise<Ledger> {
    let ledger = this.known.get(scope) ?? emptyLedger;
    for (;;) {
      const page = await this.store.read(streamOf(scope), { after: ledger.version, limit: pageSize });
      ledger = page.map(asLeasingEvent).reduce(evolve, ledger);
      if (page.length < pageSize) break;
    }
    this.remember(scope, ledger);
    return ledger;
  }

  /** Tells of every ledger that became newer here. */
  onChange(listener: (scope: string) => void): void {
    this.listeners.push(listener);
  }

  remember(scope: string, ledger: Ledger): void {
    const newest = this.known.get(scope);
    if (newest !== undefined && newest.version > ledger.version) return;
    this.known.delete(scope);
    this.known.set(scope, ledger);
    const [leastRecent] = this.known.keys();
    if (this.known.size > this.maxKnown && leastRecent !== undefined) this.known.delete(leastRecent);
    if (newest?.version !== ledger.version) for (const listener of this.listeners) listener(scope);
  }
}

// A type of event this release does not know counts as a version and changes nothing else.
function asLeasingEvent(event: { readonly type: string; readonly data: unknown }): LeasingEvent {
  const { type, data } = event;
  const isKnown = leasingEventSchema.options.some((option) => option.shape.type.value === type);
  return isKnown ? leasingEventSchema.parse({ type, data }) : ({ type, data } as LeasingEvent);
}
