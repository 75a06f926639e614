import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Postgres } from '@missions/event-store/postgres';
import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import type { Ground } from '../ground/ground.ts';
import { asAdmin } from '../ground/log-database.ts';
import { interleaved } from '../measure/interleaved.ts';
import { durationMs } from '../measure/monotonic.ts';
import { median } from '../measure/spread.ts';
import { Peer } from '../peers/peer.ts';
import { ratioRow, type Row } from '../row.ts';
import { benchRun, holdRuns, openAsWorker } from '../turns/bench-run.ts';
import { instantModel } from '../turns/instant-model.ts';

/** Five turns: ten times something must last before the next may begin. */
const TURNS = 5;
const STEPS = 2 * TURNS;

interface Rival {
  readonly name: string;
  readonly what: string;
  /** How much of the rival's time a step of ours may take. */
  readonly bound: number;
}

const rivals: readonly Rival[] = [
  { name: 'dbos', what: 'DBOS, a step each for the model and the tool, on the same Postgres', bound: 0.5 },
  { name: 'restate', what: 'Restate, a run block each, its server with its own synced log', bound: 0.7 },
  {
    name: 'langgraph',
    what: 'LangGraph, a node each, PostgresSaver on the same Postgres, durability sync',
    bound: 1 / 3,
  },
];

/** The same ten durable steps by others: five replies of an instant model and five results of its tool. */
export const peerSteps: Benchmark = {
  name: 'peers',
  run: async (ground, effort) => {
    const { adminUrl } = await ground.database('bench_peers');
    const log = openAsWorker(ground, adminUrl, 2);
    try {
      const rows: Row[] = [];
      for (const rival of rivals) rows.push(await rowAgainst(rival, { ground, effort, log, adminUrl }));
      return rows;
    } finally {
      await log.close();
    }
  },
};

interface Stand {
  readonly ground: Ground;
  readonly effort: Effort;
  readonly log: Postgres<unknown>;
  readonly adminUrl: string;
}

async function rowAgainst(
  { name, what, bound }: Rival,
  { ground, effort, log, adminUrl }: Stand,
): Promise<Row> {
  const peer = await Peer.start(`${name}.mjs`, await placeFor(name, ground, adminUrl));
  try {
    let made = 0;
    const { rounds, samples } = effort;
    const compared = await interleaved(rounds, {
      ours: () => ourStepMs({ log, adminUrl, samples, nextRun: () => `${name}-${(made += 1)}` }),
      floor: async () => median(await peer.stepMs(samples)),
    });
    return ratioRow({
      name: `step-${name}`,
      what: 'a durable step of an agent: ten of them, from the start of the run to its end, by ten',
      unit: 'ms',
      ours: 'a run of five turns of the agent’s loop',
      floor: what,
      compared,
      target: { bound: 'at most', value: bound },
    });
  } finally {
    await peer.stop();
  }
}

interface OurSteps extends Pick<Stand, 'log' | 'adminUrl'> {
  readonly samples: number;
  readonly nextRun: () => string;
}

async function ourStepMs({ log, adminUrl, samples, nextRun }: OurSteps): Promise<number> {
  const steps: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const model = instantModel((turn) => turn === TURNS);
    const runId = nextRun();
    await holdRuns(adminUrl, [runId]);
    steps.push((await durationMs(() => benchRun(log, runId, model))) / STEPS);
  }
  return median(steps);
}

async function placeFor(
  name: string,
  ground: Ground,
  adminUrl: string,
): Promise<{ readonly databaseUrl: string; readonly directory: string }> {
  await asAdmin(adminUrl, `create database bench_${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/bench_${name}`;
  const directory = join(ground.directory, name);
  mkdirSync(directory, { recursive: true });
  return { databaseUrl: url.href, directory };
}
