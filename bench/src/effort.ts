/** How much of everything is measured. */
export interface Effort {
  readonly rounds: number;
  readonly roundMs: number;
  /** Single samples a round takes where each is timed by itself. */
  readonly samples: number;
  readonly eventsRead: number;
  readonly batches: number;
  readonly hops: number;
  readonly subscribers: number;
  readonly idleMissions: number;
}

export const fullEffort: Effort = {
  rounds: 11,
  roundMs: 400,
  samples: 60,
  eventsRead: 10_000,
  batches: 12,
  hops: 60,
  subscribers: 50,
  idleMissions: 10_000,
};

/** Shows that everything runs; its numbers say little. */
export const quickEffort: Effort = {
  rounds: 2,
  roundMs: 40,
  samples: 5,
  eventsRead: 500,
  batches: 2,
  hops: 6,
  subscribers: 5,
  idleMissions: 100,
};
