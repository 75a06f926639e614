import type { LeaseView, LiveRuns } from '@missions/contracts';
import { token } from '@missions/runtime';

/** What is true at this moment and is no fact: the leases of runs and of shared resources. */
export interface LiveValues {
  /** Runs that are held, by id; of one mission or of all. */
  readonly runs: (missionId?: string) => Promise<LiveRuns>;
  readonly leases: () => Promise<readonly LeaseView[]>;
  /** The names of all ledgers of shared resources there are. */
  readonly scopes: () => Promise<readonly string[]>;
  /** By the database's clock, which is the one that leases and ledgers go by. */
  readonly now: () => Promise<string>;
}

export const LIVE_VALUES = token<LiveValues>('LIVE_VALUES');
