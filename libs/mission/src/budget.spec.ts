import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { budgetLeftUsd } from './queries.ts';
import { asked, goodConclusion } from './testing/conclusions.ts';
import { all, approved, created, missionDecider, typesOf, type History } from './testing/history.ts';
import { ana, by, command, decideService, proposal, spent } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const budget = { maxCostUsd: 10, sliceUsd: 4 };
const claimed = created({ budget }).claimed();
const slice = (history: History, usd: number) =>
  command('RequestSlice', { runId: history.run.id, token: history.run.token, usd });
const raise = (maxCostUsd: number) => command('RaiseBudget', { maxCostUsd });

describe('a slice of the budget', () => {
  it('is granted with the claim', () => {
    expect(claimed.last('BudgetSliceGranted')).toEqual({ runId: claimed.run.id, usd: 4 });
    expect(budgetLeftUsd(claimed.mission)).toBe(6);
  });

  it('is no more than what is left', () => {
    const history = claimed.after(slice(claimed, 50));
    expect(history.run.sliceUsd).toBe(10);
    expect(budgetLeftUsd(history.mission)).toBe(0);
    on(history).when(slice(history, 1), by(decideService)).thenNothing();
  });

  it('stays with the run over its takeovers', () => {
    const history = claimed.released().claimed();
    expect(all(history.facts, 'BudgetSliceGranted')).toHaveLength(1);
    expect(history.run.sliceUsd).toBe(4);
  });

  it('is settled when the run ends: the rest returns', () => {
    const history = claimed.concluded(asked(), spent(1.5));
    expect(history.mission.budget.settledUsd).toBe(1.5);
    expect(budgetLeftUsd(history.mission)).toBe(8.5);
  });

  it('cannot be exceeded', () => {
    on(claimed)
      .when(claimed.conclusion(asked(), spent(4.01)), by(decideService))
      .thenRefuses('SPEND_ABOVE_SLICE');
  });

  it('is charged whole when a run is lost, because nobody can say what it spent', () => {
    const lost = created({ budget, limits: { releasesPerRun: 0 } })
      .claimed()
      .released();
    expect(lost.mission.budget.settledUsd).toBe(4);
    const cancelled = claimed.released().after(command('CancelMission', {}));
    expect(cancelled.last('RunEnded').usage.costUsd).toBe(4);
    const skipped = approved({ budget }).claimed().released();
    const skip = command('SkipFeature', { featureId: 'F-001', reason: 'x' });
    expect(skipped.after(skip).last('RunEnded').usage.costUsd).toBe(4);
  });

  it('leaves the cost of a lost run unknown where nothing had to be granted', () => {
    const claim = command('ClaimRun', { runId: created().run.id, holder: 'host-1', model: 'a/model' });
    const lost = created({ limits: { releasesPerRun: 0 } })
      .after(claim)
      .released();
    expect(lost.last('RunEnded').usage).toMatchObject({ costUsd: 0, unpriced: true });
  });

  it('is none in a mission without a budget', () => {
    const free = created().claimed();
    expect(typesOf(free.facts)).not.toContain('BudgetSliceGranted');
    on(free).when(slice(free, 5), by(decideService)).thenNothing();
    expect(free.concluded(asked(), spent(99)).mission.budget.settledUsd).toBe(99);
  });
});

describe('a warning', () => {
  const spentHalf = claimed.concluded(asked(), spent(4)).claimed();

  it('is given once for each part of the budget that is spent, and not for what is only promised', () => {
    expect(typesOf(claimed.after(slice(claimed, 50)).facts)).not.toContain('BudgetWarned');
    const half = spentHalf.after(slice(spentHalf, 2)).concluded(proposal(), spent(1));
    expect(all(half.facts, 'BudgetWarned')).toEqual([{ fraction: 0.5, spentUsd: 5, maxCostUsd: 10 }]);
    const most = half.concluded(goodConclusion(half.mission), spent(3));
    expect(all(most.facts, 'BudgetWarned').map(({ fraction }) => fraction)).toEqual([0.5, 0.8]);
  });

  it('comes while a long run goes on, as soon as it says what it has spent', () => {
    const asking = (spentUsd: number) =>
      command('RequestSlice', { runId: spentHalf.run.id, token: spentHalf.run.token, usd: 2, spentUsd });
    expect(spentHalf.after(asking(2)).last('BudgetWarned')).toMatchObject({ fraction: 0.5, spentUsd: 6 });
    // It cannot have spent more than it was granted.
    expect(spentHalf.after(asking(99)).last('BudgetWarned')).toMatchObject({ spentUsd: 8 });
  });

  it('may be given again after the budget was raised', () => {
    const half = claimed.after(slice(claimed, 2)).concluded(asked(), spent(6));
    const raised = half.after(raise(20)).claimed();
    const again = raised.concluded(proposal(), spent(4));
    expect(all(again.facts, 'BudgetWarned')).toMatchObject([
      { fraction: 0.5, maxCostUsd: 10 },
      { fraction: 0.5, spentUsd: 10, maxCostUsd: 20 },
    ]);
  });
});

describe('a budget that is spent', () => {
  const empty = (onExceeded: 'block' | 'stop') =>
    created({ budget: { maxCostUsd: 4, sliceUsd: 4, onExceeded } }).concluded(asked(), spent(4));

  it('blocks the mission before the next run', () => {
    expect(empty('block').mission.block).toMatchObject({ cause: 'budget' });
    expect(empty('block').mission.openRun).toBeUndefined();
  });

  it('fails a mission that was told to stop', () => {
    expect(empty('stop').last('MissionFailed')).toMatchObject({ cause: 'budget' });
    expect(approved({ budget: { ...budget, onExceeded: 'stop' } }).failed('budget').mission.status).toBe(
      'failed',
    );
  });

  it('blocks again when it is only resumed', () => {
    const history = empty('block').after(command('ResumeMission', {}));
    expect(history.mission.block).toMatchObject({ cause: 'budget' });
  });

  it('lets the mission go on when a person raises it', () => {
    const facts = on(empty('block')).when(raise(9), by(ana)).facts();
    expect(facts.slice(0, 2)).toEqual([
      fact('BudgetRaised', { maxCostUsd: 9, by: 'ana' }),
      fact('MissionUnblocked', { by: 'ana', cause: 'budget' }),
    ]);
    expect(all(facts, 'RunDelegated')).toMatchObject([{ task: 'plan' }]);
  });

  it('leaves a paused mission paused when it is raised', () => {
    const paused = created({ budget }).claimed().after(command('PauseMission', {})).failed('budget');
    const raised = paused.after(raise(20));
    expect(raised.mission.status).toBe('paused');
    expect(raised.after(command('ResumeMission', {})).run.task).toBe('scope');
  });

  it('leaves another block where it is when it is raised', () => {
    const history = approved({ budget }).failed('auth').after(raise(20));
    expect(history.mission.block).toMatchObject({ cause: 'auth' });
  });
});

describe('raising a budget', () => {
  it('to what it is changes nothing', () => on(claimed).when(raise(10), by(ana)).thenNothing());

  it('is refused downwards, and where there is none', () => {
    on(claimed).when(raise(9), by(ana)).thenRefuses('BUDGET_NOT_RAISED');
    on(created()).when(raise(9), by(ana)).thenRefuses('BUDGET_NOT_RAISED');
    on(claimed).when(command('RaiseBudget', {}), by(ana)).thenRefuses('BUDGET_NOT_RAISED');
    on(claimed)
      .when(command('RaiseBudget', { maxCostUsd: 20, maxTurns: 5 }), by(ana))
      .thenRefuses('BUDGET_NOT_RAISED');
  });
});
