import type { NewEvent } from '@missions/kernel';
import { token } from '@missions/runtime';
import type { LeaseChanges } from './lease-table.ts';

export interface LedgerAppend {
  readonly stream: string;
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
}

/** What an append left behind. */
export interface Logged {
  /** The events were in the log already: nothing was written. */
  readonly repeated: boolean;
  /** The database's time at the write, where it was told. */
  readonly at: string | undefined;
}

/** Where decisions are written: their events, and what they mean for the clocks, in one commit. */
export interface DecisionLog {
  /**
   * Without events something is written only while the stream ends at the expected version. Rejects like
   * `EventStore.append`, with `LeaseRenewedError` when a lease that ends by expiry is not expired, and with `NotNowError`;
   * nothing is written then.
   */
  readonly append: (append: LedgerAppend, changes: LeaseChanges) => Promise<Logged>;
}

export const DECISION_LOG = token<DecisionLog>('DECISION_LOG');
