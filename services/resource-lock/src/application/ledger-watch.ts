import type { PokeSource } from '@missions/bus';
import type { Ledger } from '@missions/leasing';
import { streamOf, type Ledgers } from './ledgers.ts';

/** A decision of another replica whose poke was lost is found after so long. */
const pollMs = 500;

interface Wait {
  readonly look: () => void;
  readonly end: () => void;
}

/** Waits until a ledger is as somebody wants it; woken by this replica's decisions and by the pokes of others. */
export class LedgerWatch {
  private readonly waiting = new Map<string, Set<Wait>>();
  /** What others said of ledgers that are remembered here in an older version. */
  private readonly heardOf = new Map<string, number>();

  constructor(
    private readonly ledgers: Ledgers,
    pokes: PokeSource,
    /** Ends every wait. */
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => {
      this.endAll();
    });
    ledgers.onChange((scope) => {
      this.wake(scope);
    });
    pokes.onPoke(({ stream, version }) => {
      void this.heard(stream, version);
    });
  }

  /**
   * Resolves with the ledger once `isReached`, or as it is when the time is up or the service stops. Begins with what is
   * remembered here: whoever waits has just decided, and has missed nothing that was said since.
   */
  async until(scope: string, isReached: (ledger: Ledger) => boolean, limitMs: number): Promise<Ledger> {
    const deadline = performance.now() + limitMs;
    for (let ledger = this.undisputed(scope); ; ledger = undefined) {
      ledger ??= await this.ledgers.newest(scope);
      const leftMs = deadline - performance.now();
      if (isReached(ledger) || leftMs <= 0 || this.signal.aborted) return ledger;
      const changed = await this.next(scope, isReached, Math.min(leftMs, pollMs));
      if (changed !== undefined) return changed;
    }
  }

  private undisputed(scope: string): Ledger | undefined {
    const known = this.ledgers.cached(scope);
    return known !== undefined && known.version >= (this.heardOf.get(scope) ?? 0) ? known : undefined;
  }

  /** The ledger when a change reaches what is wanted within the time. */
  private next(
    scope: string,
    isReached: (ledger: Ledger) => boolean,
    ms: number,
  ): Promise<Ledger | undefined> {
    return new Promise((resolve) => {
      const waits = this.waiting.get(scope) ?? new Set();
      this.waiting.set(scope, waits);
      const end = (reached?: Ledger): void => {
        clearTimeout(timer);
        waits.delete(wait);
        if (waits.size === 0 && this.waiting.get(scope) === waits) this.waiting.delete(scope);
        resolve(reached);
      };
      const timer = setTimeout(end, ms);
      const look = (): void => {
        const known = this.ledgers.cached(scope);
        if (known !== undefined && isReached(known)) end(known);
      };
      const wait = { look, end };
      waits.add(wait);
    });
  }

  private endAll(): void {
    for (const waits of [...this.waiting.values()]) for (const { end } of [...waits]) end();
  }

  private wake(scope: string): void {
    if (this.undisputed(scope)) this.heardOf.delete(scope);
    for (const { look } of this.waiting.get(scope) ?? []) look();
  }

  // One reading of the log for all who wait; a poke that fails is made good by the poll.
  private async heard(stream: string, version: number): Promise<void> {
    const scope = stream.slice(streamOf('').length);
    const known = stream.startsWith(streamOf('')) ? this.ledgers.cached(scope) : undefined;
    if (known === undefined || known.version >= version) return;
    this.heardOf.set(scope, version);
    if (this.waiting.has(scope)) await this.ledgers.newest(scope).catch(() => undefined);
  }
}
