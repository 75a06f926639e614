import { monotonicMs } from './monotonic.ts';

export interface Load {
  /** How many work at once, each on its own step after step. */
  readonly clients: number;
  readonly roundMs: number;
  readonly step: (client: number) => Promise<void>;
}

/** Steps per second of all clients together. */
export async function stepsPerSecond({ clients, roundMs, step }: Load): Promise<number> {
  const startedAt = monotonicMs();
  let steps = 0;
  const work = async (client: number): Promise<void> => {
    while (monotonicMs() - startedAt < roundMs) {
      await step(client);
      steps += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  return (steps * 1000) / (monotonicMs() - startedAt);
}
