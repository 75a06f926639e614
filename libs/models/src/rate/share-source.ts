import type { Rate } from './rate.ts';

/** What is asked for with every renewal of a share. */
export interface ShareAsk {
  readonly account: string;
  /** What could be used in a minute now. */
  readonly demand: Rate;
  readonly configured: Rate;
  /** What the provider has told since the last ask that was answered. */
  readonly observed: { readonly limits?: Rate; readonly pauseMs?: number };
}

export interface LentShare {
  readonly share: Rate;
  readonly limits: Rate;
  /** From the moment the request was sent. */
  readonly ttlMs: number;
  readonly pausedMs: number;
  /** Nobody else has had a share in the last minute. */
  readonly alone: boolean;
}

/** Who lends shares of an account's rate to this replica. */
export interface ShareSource {
  /** Rejects when nobody answers in time. Asking again replaces what was lent. */
  readonly lend: (ask: ShareAsk) => Promise<LentShare>;
  readonly giveBack: (account: string) => Promise<void>;
}
