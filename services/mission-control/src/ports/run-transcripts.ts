import type { RefusedClose } from '@missions/contracts';
import { token } from '@missions/runtime';

/** What transcripts say that no event of the mission repeats. */
export interface RunTranscripts {
  /** The helpers of a run, in the order in which they began. */
  readonly helpersOf: (runId: string) => Promise<readonly string[]>;
  /** How often the call that should have ended a run was refused, and why the last time; of the runs where it ever was. */
  readonly refusedCloses: (runIds: readonly string[]) => Promise<ReadonlyMap<string, RefusedClose>>;
}

export const RUN_TRANSCRIPTS = token<RunTranscripts>('RUN_TRANSCRIPTS');
