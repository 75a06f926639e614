import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import { eventAt } from '../ground/events.ts';
import type { LogDatabase } from '../ground/log-database.ts';
import { interleaved } from '../measure/interleaved.ts';
import { stepsPerSecond } from '../measure/rate.ts';
import { ratioRow, type Row } from '../row.ts';

/** One event with its expected version, each client on a stream of its own. */
export const appendOne: Benchmark = {
  name: 'append',
  run: async (ground, effort) => {
    const database = await ground.database('bench_append');
    const rows: Row[] = [];
    for (const clients of [1, 8, 32]) rows.push(await appendAt(database, clients, effort));
    return rows;
  },
};

async function appendAt(database: LogDatabase, clients: number, effort: Effort): Promise<Row> {
  const { store, plain, close } = database.open(clients);
  const streams = Array.from({ length: clients }, (_, client) => `mission-m-append${clients}x${client}`);
  const rate = (step: Step): Promise<number> => stepsOnStreams(streams, effort.roundMs, step);
  const counts = { ours: new Map<string, number>(), floor: new Map<string, number>() };
  const compared = await interleaved(effort.rateRounds, {
    ours: () =>
      rate(async (stream) => {
        const version = nextOf(counts.ours, stream);
        await store.append({ stream, expectedVersion: version - 1, events: [eventAt({ stream, version })] });
      }),
    floor: () =>
      rate(async (stream) => {
        const version = nextOf(counts.floor, stream);
        await plain.insert(stream, version, eventAt({ stream, version }));
      }),
  });
  await close();
  return ratioRow({
    name: `append-${clients}`,
    what: `append of one event with expected version, ${clients} ${clients === 1 ? 'stream' : 'streams'}`,
    unit: '/s',
    ours: 'append',
    floor: `plain prepared INSERT, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    compared,
    target: { bound: 'at least', value: 0.6 },
  });
}

type Step = (stream: string) => Promise<void>;

function stepsOnStreams(streams: readonly string[], roundMs: number, step: Step): Promise<number> {
  return stepsPerSecond({
    clients: streams.length,
    roundMs,
    step: (client) => step(streams[client] ?? ''),
  });
}

function nextOf(counts: Map<string, number>, stream: string): number {
  const next = (counts.get(stream) ?? 0) + 1;
  counts.set(stream, next);
  return next;
}
