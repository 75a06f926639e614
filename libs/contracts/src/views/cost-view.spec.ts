import { evolve, fact, noUsage, type Mission, type Usage } from '@missions/mission';
import {
  add,
  approved,
  builtM1,
  command,
  handedOff,
  settled,
  spent,
  type History,
} from '@missions/mission/testing';
import { costView, type CostView } from './cost-view.ts';

const tokens = { ...noUsage, turns: 1, input: 100, output: 10, cacheRead: 40, cacheWrite: 7 };
const usage = (costUsd: number): Usage => ({ ...tokens, costUsd });
const helper = (id: string, costUsd: number, model = 'anthropic/small') => ({
  id,
  model,
  usage: usage(costUsd),
});

/** A run that ended so, beside everything the history says. */
function ending(history: History, over: object): Mission {
  const { run, mission } = history.claimed();
  const at = '2026-03-01T10:30:00.000Z';
  return evolve(
    mission,
    fact('RunEnded', { runId: run.id, state: 'handed_off', usage: usage(0), at, ...over }),
  );
}

const withHelpers = ending(approved(), {
  usage: { ...usage(3), turns: 5, input: 300, output: 30, cacheRead: 120, cacheWrite: 21 },
  own: { ...usage(1.5), turns: 3, input: 100, output: 10, cacheRead: 40, cacheWrite: 7 },
  models: [
    { usage: { ...noUsage, turns: 3, costUsd: 1 } },
    { model: 'local/other', usage: { ...usage(0.5), turns: 0 } },
  ],
  helpers: [helper('r.1.0', 1), helper('r.1.1', 0.5, 'local/tiny')],
  lost: { calls: 2, usage: { ...usage(0.25), turns: 0 } },
});
const fixing = builtM1()
  .validated({ measured: { [add]: 'fail' } })
  .concluded((mission) => settled(mission), spent(0.5))
  .concluded((mission) => handedOff(mission), spent(2))
  .validated();

const shares = (view: CostView): Readonly<Record<string, readonly { readonly usage: Usage }[]>> => ({
  byRole: view.byRole,
  byModel: view.byModel,
  byFeature: view.byFeature,
  byTask: view.byTask,
  byFixRound: view.byFixRound,
  byHelper: view.byHelper,
  byRun: view.byRun,
});

describe.each([
  ['has helpers and lost calls', withHelpers],
  ['had fixes', fixing.mission],
  ['has just begun', approved().mission],
])('the cost of a mission that %s', (_name, mission) => {
  const view = costView(mission);

  it.each(Object.entries(shares(view)))('%s adds up to what the mission has used', (_grouping, parts) => {
    for (const key of ['turns', 'input', 'output', 'cacheRead', 'cacheWrite', 'costUsd'] as const)
      expect(parts.reduce((sum, part) => sum + part.usage[key], 0)).toBeCloseTo(mission.usage[key], 9);
  });
});

describe('the cost of a mission', () => {
  it('shows a helper with its own model, and a lost call with its cost', () => {
    const view = costView(withHelpers);
    const models = Object.fromEntries(view.byModel.map(({ name, usage: used }) => [name, used.costUsd]));
    expect(models).toMatchObject({ 'anthropic/small': 1, 'local/tiny': 0.5, 'local/other': 0.5 });
    expect(view.lost).toMatchObject({ calls: 2, usage: { costUsd: 0.25 } });
    expect(view.byRun.at(-1)).toMatchObject({
      own: { costUsd: 1.5 },
      helpers: [{ id: 'r.1.0' }, { id: 'r.1.1' }],
    });
  });

  it('charges a fix to its root feature, and to the round whose finding it mends', () => {
    const view = costView(fixing.mission);
    expect(view.byFeature.map(({ name }) => name)).not.toContain('F-004');
    const round = view.byFixRound.find(({ name }) => name === 'M1 fix round 1');
    // The triage that ordered it, the fix, and both validators after it.
    expect(round).toMatchObject({ runs: 4, usage: { costUsd: 2.5 } });
  });

  it('names unpriced calls as such, and adds their tokens all the same', () => {
    const mission = ending(approved(), { usage: { ...usage(0), unpriced: true } });
    const view = costView(mission);
    expect(view.spend.unpriced).toBe(true);
    expect(view.byModel.filter((share) => share.usage.unpriced)).toHaveLength(1);
  });

  it('keeps what is only promised apart from what is spent', () => {
    const history = approved({ budget: { maxCostUsd: 10, sliceUsd: 4 } }).claimed();
    expect(costView(history.mission)).toMatchObject({
      promisedUsd: 4,
      total: { costUsd: 0 },
      limits: { maxCostUsd: 10 },
    });
    expect(costView(history.after(command('PauseMission', {})).mission).promisedUsd).toBe(4);
  });
});
