import { missionViewSchema, costViewSchema, planViewSchema, type CostView } from '@missions/contracts';
import { parseScript, type Script } from '@missions/models/scripted';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

const LIMIT_MS = 180_000;

/** Every call costs about a nickel; its worst case, by the tokens it might have used, about a quarter. */
function costly(script: Script): Script {
  const runs = script.runs.map((run) => ({
    ...run,
    turns: run.turns.map((turn) => ({ ...turn, usage: { input: 3000, output: 3000 } })),
  }));
  return parseScript(JSON.stringify({ version: 1, runs }), 'costly tale');
}

describe('two missions that spend money at once', () => {
  let stage: Stage;
  beforeAll(async () => {
    const script = costly(tale({ features: ['F-001', 'F-002'], extraTurns: 1 }));
    stage = await openStage({ script, settings: { 'runs.slots': 2 } });
  });
  afterAll(() => stage.close());

  const costOf = async (id: string): Promise<CostView> =>
    costViewSchema.parse(await stage.api.get(`/v1/missions/${id}/cost`));

  it('stay within their budgets at every moment, also when a holder dies in the middle of a call', async () => {
    const { api, desk, stack, cli } = stage;
    let rich = '';
    const held = desk.hold(
      ({ header, turn }) => header.mission === rich && header.feature === 'F-001' && turn === 1,
    );
    rich = await api.create({
      goal: 'rich',
      repository: stage.repository('rich').path,
      budget: { maxCostUsd: 20, sliceUsd: 0.1 },
    });
    const poor = await api.create({
      goal: 'poor',
      repository: stage.repository('poor').path,
      budget: { maxCostUsd: 0.6, sliceUsd: 0.1 },
    });
    await Promise.all([api.approve(rich, LIMIT_MS), api.approve(poor, LIMIT_MS)]);
    await held.arrived;
    await stack.service('worker').kill('SIGKILL');
    held.release();

    // The one without money asks for it, and says what it would take.
    const blocked = await api.until(poor, ({ status }) => status === 'blocked', LIMIT_MS);
    expect(blocked.block).toMatchObject({ cause: 'budget' });
    expect(blocked.block?.toFinish?.basis).not.toBe('');
    expect(blocked.headline.sentence).toContain('To finish:');
    expect((await cli('wait', poor, '--timeout', '20')).exitCode).toBe(12);
    expect((await cli('budget', 'raise', poor, '20')).exitCode).toBe(0);

    await Promise.all(
      [rich, poor].map((id) => api.until(id, ({ status }) => status === 'completed', LIMIT_MS)),
    );
    expect((await api.facts(poor, 'BudgetWarned')).length).toBeGreaterThan(0);
    for (const id of [rich, poor])
      expectToAddUp(
        await costOf(id),
        missionViewSchema.parse(await api.get(`/v1/missions/${id}`)).usage.costUsd,
      );
    // The call that died with its holder was made again; it is charged, and it is to be seen, as is any other that was lost.
    const { lost } = await costOf(rich);
    expect(lost?.calls).toBeGreaterThanOrEqual(1);
    expect(lost?.usage.costUsd).toBeGreaterThan(0.2);
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });

  it('tell the next one what it may cost, before it is approved', async () => {
    const { api, cli } = stage;
    const id = await api.create({ goal: 'next', repository: stage.repository('next').path });
    await api.until(id, ({ status }) => status === 'awaiting_approval', LIMIT_MS);
    const { estimate } = planViewSchema.parse(await api.get(`/v1/missions/${id}/plan`));
    expect(estimate?.basis).toContain('From 2 finished missions of this installation');
    expect(estimate?.costUsdLow).toBeGreaterThan(0.2);
    expect((await cli('plan', id)).stdout).toContain('finished missions');
    await api.ask(id, 'cancel');
  });

  it('rest when their time is up, and go on with the same run when they are given more', async () => {
    const { api, desk, cli } = stage;
    let id = '';
    const held = desk.hold(
      ({ header, turn }) => header.mission === id && header.task === 'scope' && turn === 0,
    );
    id = await api.create({
      goal: 'brief',
      repository: stage.repository('brief').path,
      budget: { maxWallClockMin: 0.05 },
    });
    await held.arrived;
    const blocked = await api.until(id, ({ status }) => status === 'blocked', LIMIT_MS);
    expect(blocked.block?.detail).toContain('0.05 minutes');
    held.release();
    await api.until(id, ({ now }) => now?.status === 'suspended', LIMIT_MS);
    expect((await api.facts(id, 'WallClockWarned')).length).toBe(2);
    expect((await cli('budget', 'raise', id, '--minutes', '60')).exitCode).toBe(0);
    await api.until(id, ({ status }) => status === 'awaiting_approval', LIMIT_MS);
    expect((await api.facts<{ runId: string }>(id, 'RunClaimed'))[1]?.runId).toBe(`${id}-r1`);
    await api.ask(id, 'cancel');
    expect(await stage.violations()).toEqual([]);
  });
});

function expectToAddUp(cost: CostView, usd: number): void {
  const { byRole, byModel, byFeature, byTask, byFixRound, byHelper, byRun } = cost;
  expect(cost.total.costUsd).toBeCloseTo(usd, 9);
  for (const parts of [byRole, byModel, byFeature, byTask, byFixRound, byHelper, byRun])
    expect(parts.reduce((sum, { usage }) => sum + usage.costUsd, 0)).toBeCloseTo(usd, 9);
}
