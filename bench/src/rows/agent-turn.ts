import type { Postgres } from '@missions/event-store/postgres';
import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import { asAdmin } from '../ground/log-database.ts';
import { PlainCommits } from '../ground/plain-commits.ts';
import { PlainTable } from '../ground/plain-table.ts';
import { interleaved } from '../measure/interleaved.ts';
import { monotonicMs } from '../measure/monotonic.ts';
import { stepsPerSecond } from '../measure/rate.ts';
import { median } from '../measure/spread.ts';
import { countRow, ratioRow, type Row } from '../row.ts';
import { benchRun, holdRuns, openAsWorker } from '../turns/bench-run.ts';
import { instantModel } from '../turns/instant-model.ts';

const SHORT = 1;
const LONG = 21;
/** What a turn has to make durable: its reply before the tools run, and their results before the next request. */
const COMMITS = 2;

/** What one more turn of an agent costs besides its model: time, at one run and at many, and commits. */
export const agentTurn: Benchmark = {
  name: 'turn',
  run: async (ground, effort) => {
    const { adminUrl } = await ground.database('bench_turn');
    const rows: Row[] = [];
    for (const runs of [1, 32]) {
      const log = openAsWorker(ground, adminUrl, runs);
      rows.push(await rateRow(log, { runs, effort, adminUrl }));
      await log.close();
    }
    const log = openAsWorker(ground, adminUrl, 2);
    rows.push(await commitsRow(log, adminUrl));
    await log.close();
    return rows;
  },
};

interface Rate {
  readonly runs: number;
  readonly effort: Effort;
  readonly adminUrl: string;
}

async function rateRow(
  log: Postgres<unknown>,
  { runs, effort: { rateRounds, roundMs }, adminUrl }: Rate,
): Promise<Row> {
  const plain = new PlainTable(log.pool);
  const floors = Array.from({ length: runs }, () => new PlainCommits(plain));
  const turnMs: number[] = [];
  let round = 0;
  const compared = await interleaved(rateRounds, {
    ours: () => turnsPerSecond(log, { runs, roundMs, adminUrl, name: `${runs}-${(round += 1)}`, turnMs }),
    floor: () =>
      stepsPerSecond({
        clients: runs,
        roundMs,
        step: async (client) => floors[client]?.make(COMMITS),
      }),
  });
  return ratioRow({
    name: `turn-${runs}`,
    what: `turns of the agent’s loop with an instant model, ${runs} ${runs === 1 ? 'run' : 'runs at once'}`,
    unit: '/s',
    ours: 'reply recorded, tool result recorded, next request sent',
    floor: `${COMMITS} plain prepared INSERTs a turn, ${runs} ${runs === 1 ? 'client' : 'clients'}`,
    compared,
    target: { bound: 'at least', value: 0.5 },
    notes: [`p50 of a turn: ${median(turnMs).toFixed(2)} ms`],
  });
}

interface Drive {
  readonly runs: number;
  readonly roundMs: number;
  readonly adminUrl: string;
  readonly name: string;
  /** Takes the time of every turn. */
  readonly turnMs: number[];
}

/** Each run goes on until the round is over and closes then; its beginning and its end are counted in. */
async function turnsPerSecond(
  log: Postgres<unknown>,
  { runs, roundMs, adminUrl, name, turnMs }: Drive,
): Promise<number> {
  const runIds = Array.from({ length: runs }, (_, run) => `turns-${name}-${run}`);
  await holdRuns(adminUrl, runIds);
  const startedAt = monotonicMs();
  const models = Array.from({ length: runs }, () =>
    instantModel((turn) => turn > 1 && monotonicMs() - startedAt >= roundMs),
  );
  await Promise.all(models.map((model, run) => benchRun(log, runIds[run] ?? '', model)));
  const elapsedMs = monotonicMs() - startedAt;
  for (const model of models) turnMs.push(...model.turnMs);
  return (models.reduce((sum, model) => sum + model.turns(), 0) * 1000) / elapsedMs;
}

/** A run of many turns against one of a single turn. */
async function commitsRow(log: Postgres<unknown>, adminUrl: string): Promise<Row> {
  await holdRuns(adminUrl, [`of-${SHORT}`, `of-${LONG}`]);
  for (const turns of [SHORT, LONG])
    await benchRun(
      log,
      `of-${turns}`,
      instantModel((turn) => turn === turns),
    );
  const commits =
    (await commitsOf(adminUrl, `run-of-${LONG}`)) - (await commitsOf(adminUrl, `run-of-${SHORT}`));
  return countRow({
    name: 'turn-commits',
    what: 'commits of a turn of the agent’s loop (the reply; the results of its tools)',
    unit: 'commits',
    values: [commits / (LONG - SHORT)],
    target: { bound: 'at most', value: COMMITS },
  });
}

async function commitsOf(adminUrl: string, stream: string): Promise<number> {
  const [row] = await asAdmin<{ commits: string }>(
    adminUrl,
    `select count(distinct tx)::text as commits from event where stream = '${stream}'`,
  );
  return Number(row?.commits);
}
