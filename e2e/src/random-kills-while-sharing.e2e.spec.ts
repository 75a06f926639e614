import type { LockLedger } from '@missions/contracts';
import { settle } from '@missions/testing';
import { sharing } from './stage/overlapping.ts';
import { seededRandom } from './stage/seeded-random.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { makeTrouble, saySeed, seed } from './stage/trouble.ts';

/** `npm run test:kills` takes thirty. */
const kills = process.env['MISSIONS_KILLS'] === 'full' ? 30 : 3;
const ROUND_MS = 240_000;
const REST_MS = 30_000;
const LIMIT_MS = 3_600_000;

describe(`services that die while missions share a repository (MISSIONS_SEED=${String(seed)})`, () => {
  let stage: Stage;
  beforeAll(async () => {
    saySeed();
    stage = await openStage({ replicas: { worker: 2, validator: 2 } });
  });
  afterAll(() => stage.close());

  it(
    `leave all of them to be completed, with branches that merge, ${String(kills)} deaths in all`,
    async () => {
      let deaths = 0;
      for (let round = 0; deaths < kills; round += 1) deaths += (await playRound(stage, round)).length;
    },
    LIMIT_MS,
  );
});

/** Three missions that write in one file, with trouble on the way; answers who died. */
async function playRound(stage: Stage, round: number): Promise<readonly string[]> {
  const { api, desk } = stage;
  const repository = stage.repository(`shared-${String(round)}`);
  repository.write('shared.md', '# What everybody writes in\n');
  repository.commit('Begin the shared file');
  const order = { repository: repository.path, integration: 'shared' } as const;
  const scoping = desk.hold(({ turn, header }) => header.task === 'scope' && turn === 0);
  const ids: string[] = [];
  for (const [index, script] of sharing.entries()) {
    const id = await api.create({ goal: `Mission ${String(index)} of round ${String(round)}`, ...order });
    desk.say(id, script);
    ids.push(id);
  }
  scoping.release();

  const over = new AbortController();
  const missions = ids.map(async (id) => {
    await api.approve(id, ROUND_MS);
    await api.until(id, ({ status }) => status === 'completed', ROUND_MS);
  });
  const [died] = await Promise.all([
    makeTrouble(stage, seededRandom(seed + round), over.signal),
    Promise.all(missions).finally(() => {
      over.abort();
    }),
  ]);

  for (const id of ids) repository.git('merge', '--no-edit', `missions/${id}`);
  const lines = repository.git('show', 'HEAD:shared.md').split('\n');
  expect(lines).toEqual(
    expect.arrayContaining(['the first was here', 'the second was here', 'the third was here']),
  );
  // Who died last may still have to tell what it knows.
  await settle(
    async () => {
      expect(await stage.violations({ atRest: true })).toEqual([]);
      for (const id of ids) {
        const ledgers = (await api.get(`/v1/locks?mission=${id}`)) as readonly LockLedger[];
        expect(ledgers.flatMap(({ held, queue }) => [...held, ...queue])).toEqual([]);
      }
      return true;
    },
    { limitMs: REST_MS },
  );
  return died;
}
