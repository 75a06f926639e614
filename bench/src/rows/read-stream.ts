import type { Benchmark } from '../benchmark.ts';
import { eventsAt } from '../ground/events.ts';
import type { OpenLog } from '../ground/log-database.ts';
import { durationMs } from '../measure/monotonic.ts';
import { interleaved } from '../measure/interleaved.ts';
import { ratioRow } from '../row.ts';

const BATCH = 100;

/** A long stream read from its beginning, as a service does that meets a mission for the first time. */
export const readStream: Benchmark = {
  name: 'read',
  run: async (ground, { rateRounds, eventsRead }) => {
    const log = (await ground.database('bench_read')).open(1);
    const stream = 'mission-m-read';
    await fill(log, stream, eventsRead);
    const compared = await interleaved(rateRounds, {
      ours: () =>
        durationMs(async () => {
          require(eventsRead, (await log.store.read(stream)).length);
        }),
      floor: () =>
        durationMs(async () => {
          require(eventsRead, await log.plain.select(stream));
        }),
    });
    await log.close();
    const row = ratioRow({
      name: 'read',
      what: `read of ${eventsRead} events of one stream, time`,
      unit: 'ms',
      ours: 'read',
      floor: 'plain SELECT of the same rows',
      compared,
      target: { bound: 'at most', value: 1.25 },
    });
    return [row];
  },
};

async function fill({ store, plain }: OpenLog, stream: string, count: number): Promise<void> {
  for (let head = 0; head < count; head += BATCH) {
    const events = eventsAt({ stream, version: head + 1 }, BATCH);
    await store.append({ stream, expectedVersion: head, events });
    await plain.insertMany(stream, head + 1, events);
  }
}

function require(wanted: number, found: number): void {
  if (found !== wanted) throw new Error(`${found} events were read, ${wanted} are there.`);
}
