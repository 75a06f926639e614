import { runViews, type RunView } from '@missions/contracts';
import { builtM1 } from '@missions/mission/testing';
import { FakeMissionControl } from '../conformance/fake-mission-control.ts';
import { runMissions, type Ran } from '../conformance/run-missions.ts';

const held = builtM1().claimed();
const own = runViews(held.mission, new Map()).find(({ id }) => id === held.run.id) as RunView;
const helper: RunView = {
  ...own,
  id: `${own.id}.0.call_1.0`,
  helperOf: own.id,
  role: 'researcher',
  task: 'helper',
};
const refusedClose = { count: 2, last: 'Two results\nare missing.' };

let fake: FakeMissionControl;
let api: string;

beforeAll(async () => {
  fake = new FakeMissionControl(new Map([['m-held', held]]));
  api = await fake.listen();
  for (const run of [{ ...own, refusedClose, helpers: [helper.id] }, helper]) {
    const entry = {
      version: 1,
      type: 'ToolResultsRecorded',
      at: '2026-03-01T10:00:00.000Z',
      data: { results: [] },
    };
    fake.runs.set(run.id, { run, transcript: { runId: run.id, entries: [entry] } });
  }
});

afterAll(() => fake.close());

const run = (...argv: readonly string[]): Promise<Ran> => runMissions(argv, { env: { MISSIONS_API: api } });

describe('missions run', () => {
  it('says that its end was refused, how often and why', async () => {
    const { stdout } = await run('run', own.id);
    expect(stdout).toContain(`${own.id} was refused its end 2 times, the last: Two results are missing.\n`);
  });

  it('names its helpers, each with the command that opens it', async () => {
    const { stdout } = await run('run', own.id);
    expect(stdout).toContain(`helper  missions run ${helper.id}\n`);
    const opened = await run('run', helper.id);
    expect(opened.exitCode).toBe(0);
    expect(opened.stdout).toContain(`of ${own.id}`);
    expect(opened.stdout).toContain('   1 ToolResultsRecorded\n');
  });

  it('ends with 5 on a run that is none', async () => {
    expect((await run('run', 'm-held-r99')).exitCode).toBe(5);
  });
});
