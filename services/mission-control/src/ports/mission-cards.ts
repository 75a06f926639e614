import type { MissionCard } from '@missions/contracts';
import { token } from '@missions/runtime';

/** The list of missions, projected from the log. `Rows` is the transaction of the handler that projects. */
export interface MissionCards<Rows = unknown> {
  /** Those that need somebody first, then the last changed first. */
  readonly all: () => Promise<readonly MissionCard[]>;
  /** The version a card shows; 0 when there is none. */
  readonly seqIn: (rows: Rows, missionId: string) => Promise<number>;
  /** Replaces the card, unless a newer one is there. */
  readonly put: (rows: Rows, card: MissionCard) => Promise<void>;
}

export const MISSION_CARDS = token<MissionCards>('MISSION_CARDS');
