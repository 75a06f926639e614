import type { Benchmark } from '../benchmark.ts';
import { eventAt } from '../ground/events.ts';
import { asAdmin, type LogDatabase } from '../ground/log-database.ts';
import { interleaved } from '../measure/interleaved.ts';
import { stepsPerSecond } from '../measure/rate.ts';
import { ratioRow } from '../row.ts';

const EVENTS_EACH = 20;

/** What missions cost in which nothing happens: an append beside ten thousand of them, by one beside none. */
export const idleMissions: Benchmark = {
  name: 'idle-missions',
  run: async (ground, { rateRounds, roundMs, idleMissions: count }) => {
    const alone = await ground.database('bench_alone');
    const crowded = await ground.database('bench_crowded');
    await asAdmin(crowded.adminUrl, idle(count), 'vacuum analyze event');
    const besideMany = appender(crowded);
    const besideNone = appender(alone);
    const compared = await interleaved(rateRounds, {
      ours: () => stepsPerSecond({ clients: 1, roundMs, step: besideMany.append }),
      floor: () => stepsPerSecond({ clients: 1, roundMs, step: besideNone.append }),
    });
    await besideMany.close();
    await besideNone.close();
    const row = ratioRow({
      name: 'idle-missions',
      what: `append beside ${count} idle missions of ${EVENTS_EACH} events each, by one in an empty log`,
      unit: '/s',
      ours: `append, ${count} idle missions`,
      floor: 'append, none',
      compared,
      notes: ['An idle mission has rows in the log and nothing else: no process, no timer, no message.'],
    });
    return [row];
  },
};

function appender(database: LogDatabase): {
  readonly append: () => Promise<void>;
  readonly close: () => Promise<void>;
} {
  const { store, close } = database.open(1);
  const stream = 'mission-m-busy';
  let version = 0;
  const append = async (): Promise<void> => {
    version += 1;
    await store.append({ stream, expectedVersion: version - 1, events: [eventAt({ stream, version })] });
  };
  return { append, close };
}

/** Written past the store: how the rows came there is not what is measured. */
function idle(count: number): string {
  return `
    insert into event (stream, version, id, type, schema, meta, data, hash)
    select 'mission-m-idle' || m, v, 'idle/' || m || '/' || v, 'RunClaimed', 1, '{}',
      json_build_object('runId', 'm-idle' || m, 'filler', repeat('x', 200)), sha256((m || '/' || v)::bytea)
    from generate_series(1, ${count}) as m, generate_series(1, ${EVENTS_EACH}) as v`;
}
