import type { Cost } from '@missions/models';
import type { BudgetMeter, Reservation } from './budget.ts';

export interface SliceBudgetOptions {
  /** What the run may spend to begin with; undefined when the mission has no budget. */
  readonly sliceUsd: number | undefined;
  /** Asks for at least so much more; answers what was granted, 0 for nothing. */
  readonly more?: (missingUsd: number) => Promise<number>;
}

const nothing: Reservation = { settle: () => undefined, cancel: () => undefined };
/** Sums of cents in floating point are off by less than this. */
const TOLERANCE_USD = 1e-9;

/** Spends a slice of a mission's budget and asks for another when the worst case of a call does not fit. */
export class SliceBudget implements BudgetMeter {
  private sliceUsd: number;
  private reservedUsd = 0;
  private settledUsd = 0;
  /** Requests for more go one after another, so that two callers do not both ask for what one grant covers. */
  private asking: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SliceBudgetOptions) {
    this.sliceUsd = options.sliceUsd ?? Number.POSITIVE_INFINITY;
  }

  get spentUsd(): number {
    return this.settledUsd;
  }

  /** All that was granted so far. */
  get grantedUsd(): number {
    return this.sliceUsd;
  }

  async reserve(worstCase: Cost): Promise<Reservation | undefined> {
    if (worstCase === 'unpriced') return nothing;
    if (this.missing(worstCase.usd) > 0) await this.askForMore(worstCase.usd);
    if (this.missing(worstCase.usd) > 0) return undefined;
    this.reservedUsd += worstCase.usd;
    return this.reservation(worstCase.usd);
  }

  charge(cost: Cost): void {
    if (cost !== 'unpriced') this.settledUsd += cost.usd;
  }

  private missing(usd: number): number {
    const missingUsd = this.settledUsd + this.reservedUsd + usd - this.sliceUsd;
    return missingUsd > TOLERANCE_USD ? missingUsd : 0;
  }

  private askForMore(usd: number): Promise<void> {
    const asked = this.asking.then(async () => {
      const missingUsd = this.missing(usd);
      if (missingUsd > 0) this.sliceUsd += (await this.options.more?.(missingUsd)) ?? 0;
    });
    // A failed request fails its caller; the next one asks again.
    this.asking = asked.catch(() => undefined);
    return asked;
  }

  private reservation(reservedUsd: number): Reservation {
    let open = true;
    const close = (cost: Cost): void => {
      if (!open) return;
      open = false;
      this.reservedUsd -= reservedUsd;
      this.charge(cost);
    };
    return {
      settle: close,
      cancel: () => {
        close('unpriced');
      },
    };
  }
}
