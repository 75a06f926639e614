import type { Cost } from '@missions/models';

/** Money set aside for one call. Exactly one of the two is called, once. */
export interface Reservation {
  /** Replaces the worst case by what the call cost. */
  settle(cost: Cost): void;
  /** Gives the money back: the call was never made. */
  cancel(): void;
}

/** The part of a mission's budget a run may spend; helpers share their parent's meter. */
export interface BudgetMeter {
  /** Sets the worst case of a call aside; undefined when neither the slice nor a further one covers it. Never over-commits, also when called concurrently. */
  reserve(worstCase: Cost): Promise<Reservation | undefined>;
  /** Books a call whose reply was lost. */
  charge(cost: Cost): void;
  /** Spent so far under this meter, without what is reserved. */
  readonly spentUsd: number;
}
