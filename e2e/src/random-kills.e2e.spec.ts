import { randomInt } from 'node:crypto';
import type { Stack } from '@missions/cli/stack';
import { repeatedCalls } from './stage/repeated-calls.ts';
import { plain } from './stage/scenarios.ts';
import { seededRandom } from './stage/seeded-random.ts';
import { openStage, type Stage } from './stage/stage.ts';

/** `npm run test:kills` takes fifty; a given seed is played again. */
const kills = process.env['MISSIONS_KILLS'] === 'full' ? 50 : 6;
const seed = Number(process.env['MISSIONS_SEED'] ?? randomInt(1_000_000));

const victims = [
  'orchestrator-decide',
  'orchestrator-agents',
  'worker',
  'validator',
  'resource-lock',
  'mission-control',
] as const satisfies readonly Parameters<Stack['service']>[0][];
const KILLS_PER_MISSION = 3;
const LONGEST_PAUSE_MS = 3_000;
const LIMIT_MS = 1_800_000;

describe(`services that die at random moments (MISSIONS_SEED=${String(seed)})`, () => {
  let stage: Stage;
  beforeAll(async () => {
    // Also when all is well: the name of a test is shown only when it fails.
    process.stderr.write(`MISSIONS_SEED=${String(seed)} plays these deaths again\n`);
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it(
    `leave every mission to be completed, ${String(kills)} deaths in all`,
    async () => {
      let deaths = 0;
      for (let round = 0; deaths < kills; round += 1) deaths += (await playRound(stage, round)).length;
      expect(deaths).toBeGreaterThanOrEqual(kills);
    },
    LIMIT_MS,
  );
});

/** One mission with trouble on the way; answers who died. */
async function playRound(stage: Stage, round: number): Promise<readonly string[]> {
  const before = stage.desk.calls.length;
  const over = new AbortController();
  const trouble = makeTrouble(stage, seededRandom(seed + round), over.signal);
  const id = await plain(stage, `round-${String(round)}`).finally(() => {
    over.abort();
  });
  const died = await trouble;
  expect(await stage.violations()).toEqual([]);
  const { ofRecordedTurns, reissued } = await repeatedCalls(stage, { after: before });
  expect(ofRecordedTurns).toEqual([]);
  expect(reissued).toBeLessThanOrEqual(died.length);
  expect((await stage.api.mission(id)).features).toEqual({ done: 2, total: 2 });
  return died;
}

/** Kills one service after the other at random moments, each when the one before it is back. */
async function makeTrouble(
  { stack }: Stage,
  random: () => number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const died: string[] = [];
  while (died.length < KILLS_PER_MISSION) {
    const pauseMs = random() * LONGEST_PAUSE_MS;
    const name = victims[Math.floor(random() * victims.length)] ?? 'worker';
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (signal.aborted) break;
    await stack.service(name).kill('SIGKILL');
    died.push(name);
    await stack.service(name).ready(60_000);
  }
  return died;
}
