import { repeatedCalls } from './stage/repeated-calls.ts';
import { plain } from './stage/scenarios.ts';
import { seededRandom } from './stage/seeded-random.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { makeTrouble, saySeed, seed } from './stage/trouble.ts';

/** `npm run test:kills` takes fifty. */
const kills = process.env['MISSIONS_KILLS'] === 'full' ? 50 : 6;
const LIMIT_MS = 1_800_000;

describe(`services that die at random moments (MISSIONS_SEED=${String(seed)})`, () => {
  let stage: Stage;
  beforeAll(async () => {
    saySeed();
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it(
    `leave every mission to be completed, ${String(kills)} deaths in all`,
    async () => {
      let deaths = 0;
      for (let round = 0; deaths < kills; round += 1) deaths += (await playRound(stage, round)).length;
    },
    LIMIT_MS,
  );
});

/** One mission with trouble on the way; answers who died. */
async function playRound(stage: Stage, round: number): Promise<readonly string[]> {
  const before = stage.desk.calls.length;
  const over = new AbortController();
  const [id, died] = await Promise.all([
    plain(stage, `round-${String(round)}`).finally(() => {
      over.abort();
    }),
    makeTrouble(stage, seededRandom(seed + round), over.signal),
  ]);
  expect(await stage.violations()).toEqual([]);
  const { ofRecordedTurns, reissued } = await repeatedCalls(stage, { after: before });
  expect(ofRecordedTurns).toEqual([]);
  expect(reissued).toBeLessThanOrEqual(died.length);
  expect((await stage.api.mission(id)).features).toEqual({ done: 2, total: 2 });
  return died;
}
