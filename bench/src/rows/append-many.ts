import type { Benchmark } from '../benchmark.ts';
import { eventsAt } from '../ground/events.ts';
import { durationMs } from '../measure/monotonic.ts';
import { interleaved } from '../measure/interleaved.ts';
import { ratioRow } from '../row.ts';

const EVENTS = 100;

/** A hundred events of one decision in one append, as a plan is proposed. */
export const appendMany: Benchmark = {
  name: 'append-many',
  run: async (ground, { rateRounds, batches }) => {
    const { store, plain, close } = (await ground.database('bench_append_many')).open(1);
    const stream = 'mission-m-appendmany';
    const heads = { ours: 0, floor: 0 };
    const rate = async (step: () => Promise<unknown>): Promise<number> => {
      const spentMs = await durationMs(async () => {
        for (let batch = 0; batch < batches; batch += 1) await step();
      });
      return (EVENTS * batches * 1000) / spentMs;
    };
    const compared = await interleaved(rateRounds, {
      ours: () =>
        rate(async () => {
          const events = eventsAt({ stream, version: heads.ours + 1 }, EVENTS);
          await store.append({ stream, expectedVersion: heads.ours, events });
          heads.ours += EVENTS;
        }),
      floor: () =>
        rate(async () => {
          const first = heads.floor + 1;
          await plain.insertMany(stream, first, eventsAt({ stream, version: first }, EVENTS));
          heads.floor += EVENTS;
        }),
    });
    await close();
    const row = ratioRow({
      name: 'append-100',
      what: '100 events in one append, events per second',
      unit: '/s',
      ours: 'append of 100',
      floor: 'plain INSERT of 100 rows',
      compared,
      target: { bound: 'at least', value: 0.65 },
    });
    return [row];
  },
};
