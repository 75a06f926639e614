import type { LiveShare, Rate } from '@missions/leasing';
import { token } from '@missions/runtime';

/** An account as it stands at one moment of the database. */
export interface AccountState {
  /** 0 for one that nobody has asked about yet. */
  readonly version: number;
  /** What the provider has told of its limits. */
  readonly learned: Rate;
  /** Live shares of all replicas but the asking one. */
  readonly others: readonly LiveShare[];
  /** Nobody but the asking replica has had a share in the last minute. */
  readonly alone: boolean;
  /** How long no call may be made. */
  readonly pausedMs: number;
}

/** A share as it was decided on one state of its account. */
export interface LentShare extends LiveShare {
  readonly account: string;
  readonly replica: string;
  readonly ttlMs: number;
  /** The version that was decided on. */
  readonly version: number;
  /** What the provider has told since; undefined keeps what is known. */
  readonly learned: Rate | undefined;
  readonly pauseMs: number;
}

/**
 * Who may use how much of a provider's rate. Rows, no events: a table that is lost is filled again by the next requests. Time
 * is only ever the database's.
 */
export interface ProviderShareTable {
  readonly read: (account: string, replica: string) => Promise<AccountState>;
  /** False, and nothing is changed, when the account is not in that version any more. A pause is only ever made longer. */
  readonly lend: (share: LentShare) => Promise<boolean>;
  /** Ends the replica's share now; of none nothing is changed. */
  readonly giveBack: (account: string, replica: string) => Promise<void>;
}

export const PROVIDER_SHARE_TABLE = token<ProviderShareTable>('PROVIDER_SHARE_TABLE');
