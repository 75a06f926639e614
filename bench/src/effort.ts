/** How much of everything is measured. */
export interface Effort {
  /** How often each side is measured; a ratio is the median of so many. */
  readonly rounds: number;
  /** The same for what is measured as a rate, in rounds of `roundMs`: many short ones, because disks stall. */
  readonly rateRounds: number;
  readonly roundMs: number;
  /** Single samples in a round, where each is timed by itself. */
  readonly samples: number;
  /** How long both sides run before the first of them. */
  readonly warmUpMs: number;
  readonly eventsRead: number;
  readonly batches: number;
  readonly subscribers: number;
  readonly idleMissions: number;
  /** How often a crowd wants the same lease, and for how long each time. */
  readonly contentions: number;
  readonly contentionMs: number;
}

export const fullEffort: Effort = {
  rounds: 11,
  rateRounds: 31,
  roundMs: 150,
  samples: 20,
  warmUpMs: 5_000,
  eventsRead: 10_000,
  batches: 8,
  subscribers: 50,
  idleMissions: 10_000,
  contentions: 5,
  contentionMs: 2_000,
};

/** Shows that everything runs; its numbers say little. */
export const quickEffort: Effort = {
  rounds: 2,
  rateRounds: 2,
  roundMs: 40,
  samples: 5,
  warmUpMs: 40,
  eventsRead: 500,
  batches: 2,
  subscribers: 5,
  idleMissions: 100,
  contentions: 1,
  contentionMs: 200,
};
