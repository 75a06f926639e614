import { deciderSpec } from '@missions/testing/given-when-then';
import { all, approved, builtM1, created, missionDecider, type History } from '../testing/history.ts';
import {
  at,
  by,
  command,
  decideService,
  oneTurn,
  smallProposal,
  spent,
} from '../testing/mission.builders.ts';
import { asked, handedOff, settled, validated } from '../testing/conclusions.ts';
import { isMoneyLimited, minutesAllowed, turnsAllowed } from './limits.ts';

const given = deciderSpec(missionDecider);
const slice = ({ run }: History, usd: number) =>
  command('RequestSlice', { runId: run.id, token: run.token, usd });
const small = (budget: object) => approved({ budget }, smallProposal());

describe('the limit of one feature', () => {
  const budget = { maxCostUsdPerFeature: 6, sliceUsd: 4 };

  it('grants a build no more than its feature may still cost, also without a budget of the mission', () => {
    const claimed = small(budget).claimed();
    expect(claimed.run.sliceUsd).toBe(4);
    expect(claimed.after(slice(claimed, 9)).run.sliceUsd).toBe(6);
    given(...claimed.facts)
      .when(claimed.conclusion(handedOff(claimed.mission), spent(4.5)), by(decideService))
      .thenRefuses('SPEND_ABOVE_SLICE');
  });

  it('leaves runs alone that build no feature', () => {
    const scoping = created({ budget }).claimed();
    expect(isMoneyLimited(scoping.mission, scoping.run)).toBe(false);
    expect(scoping.concluded(asked(), spent(99)).mission.usage.costUsd).toBe(99);
  });

  it('adds up over its attempts, and asks before the next one', () => {
    const once = small(budget).failed('crash', spent(4));
    const twice = once.claimed();
    expect(twice.run.sliceUsd).toBe(2);
    const blocked = twice.failed('crash', spent(2));
    expect(blocked.mission.block).toMatchObject({
      cause: 'budget',
      detail: 'F-001 with its attempts and fixes has used $6.00 of the $6 that one feature may take.',
    });
    const raised = blocked.after(command('RaiseBudget', { maxCostUsdPerFeature: 9 }));
    expect(raised.run.subject.feature).toBe('F-001');
    expect(raised.claimed().run.sliceUsd).toBe(3);
  });

  it('counts a fix as the feature it mends', () => {
    const failing = small(budget)
      .concluded((mission) => handedOff(mission), spent(4))
      .concluded((mission) => validated(mission, { measured: { 'VAL-ADD-001': 'fail' } }));
    const fixing = failing.concluded((mission) => settled(mission));
    expect(fixing.run.subject.feature).toBe('F-002');
    expect(fixing.claimed().run.sliceUsd).toBe(2);
    const again = fixing.concluded((mission) => handedOff(mission), spent(2));
    expect(again.feature('F-001').charged).toMatchObject({ costUsd: 6, turns: 2 });
    expect(again.feature('F-002').charged).toBeUndefined();
  });

  it('lets a person skip it instead', () => {
    const blocked = small({ maxTurnsPerFeature: 1 }).failed('crash');
    expect(blocked.mission.block?.needs).toContain('missions feature skip m-demo1 F-001');
    const skipped = blocked.after(command('SkipFeature', { featureId: 'F-001', reason: 'too dear' }));
    expect(skipped.feature('F-001').status).toBe('skipped');
  });
});

describe('the limit of turns', () => {
  it('is the least of what the run, its feature and its mission have left', () => {
    const limits = { maxTurnsPerRun: 50 };
    const budget = { maxTurns: 20, maxTurnsPerFeature: 8 };
    const history = approved({ limits, budget }, smallProposal());
    expect(history.mission.usage.turns).toBe(3);
    expect(turnsAllowed(history.mission, history.run)).toBe(8);
    const second = history.failed('crash', { ...oneTurn, turns: 6 });
    expect(turnsAllowed(second.mission, second.run)).toBe(2);
    const triage = { task: 'triage' as const, subject: { round: 1 } };
    expect(turnsAllowed(second.mission, triage)).toBe(11);
  });

  it('asks when the mission has taken them all', () => {
    const history = created({ budget: { maxTurns: 1 } }).concluded(asked());
    expect(history.mission.block).toMatchObject({ cause: 'budget', detail: '1 of 1 turns are taken.' });
    expect(history.after(command('RaiseBudget', { maxTurns: 9 })).run.task).toBe('plan');
  });
});

describe('the limit of minutes', () => {
  const later = (min: number) => by(decideService, new Date(Date.parse(at) + min * 60_000).toISOString());
  const failedAfter = (history: History, min: number) =>
    history.claimed().after(
      command('ConcludeRun', {
        runId: history.run.id,
        token: history.claimed().run.token,
        conclusion: { kind: 'ended', state: 'failed', cause: 'tool' },
        usage: oneTurn,
      }),
      later(min),
    );

  it('of a run is there for every run', () => {
    const history = small({ maxWallClockMinPerRun: 9 });
    expect(minutesAllowed(history.mission, history.run)).toBe(9);
    const triage = { task: 'triage' as const, subject: { round: 1 } };
    expect(minutesAllowed(history.mission, triage)).toBe(9);
    expect(minutesAllowed(small({}).mission, triage)).toBeUndefined();
  });

  it('of a feature is what its attempts have left, and it asks before the next one when nothing is', () => {
    const history = small({ maxWallClockMinPerFeature: 10, maxWallClockMinPerRun: 8 });
    const second = failedAfter(history, 4);
    expect(minutesAllowed(second.mission, second.run)).toBe(6);
    const third = failedAfter(second, 6);
    expect(third.mission.block).toMatchObject({
      cause: 'budget',
      detail: 'F-001 with its attempts and fixes has used 10.0 of the 10 minutes that one feature may take.',
      needs: expect.stringContaining('--feature-minutes') as string,
    });
    const raised = third.after(command('RaiseBudget', { maxWallClockMinPerFeature: 30 }));
    expect(minutesAllowed(raised.mission, raised.run)).toBe(8);
  });
});

describe('the limit of one run', () => {
  it('grants it no more, however much the mission has left', () => {
    const claimed = created({ budget: { maxCostUsd: 50, sliceUsd: 2, maxCostUsdPerRun: 3 } }).claimed();
    expect(claimed.after(slice(claimed, 9)).run.sliceUsd).toBe(3);
  });
});

describe('what finishing would cost', () => {
  it('is unknown before a plan is approved', () => {
    const history = created({ budget: { maxTurns: 1 } }).concluded(asked());
    expect(history.mission.block?.toFinish).toEqual({
      features: 0,
      basis: 'unknown: no plan is approved yet',
    });
  });

  it('is said to be unknown when nothing is finished and the plan has no numbers', () => {
    const blocked = approved({ budget: { maxCostUsd: 10 } }).failed('budget');
    expect(blocked.mission.block?.toFinish).toEqual({
      features: 3,
      basis: 'unknown: no feature is finished yet, and the plan has no estimate of its cost',
    });
  });

  it("is the planner's estimate less what is spent, while nothing is finished", () => {
    const plan = smallProposal();
    const estimate = { runs: 4, costUsdLow: 3, costUsdHigh: 8, minutes: 40, basis: 'experience' };
    const history = approved({ budget: { maxCostUsd: 10 } }, { ...plan, plan: { ...plan.plan, estimate } });
    expect(history.failed('budget', spent(2)).mission.block?.toFinish).toMatchObject({
      costUsdLow: 1,
      costUsdHigh: 6,
    });
  });

  it('is taken from the features this mission has finished', () => {
    const budget = { maxCostUsd: 100, sliceUsd: 50 };
    const history = approved({ budget })
      .concluded((mission) => handedOff(mission), spent(3))
      .failed('budget', spent(1));
    expect(history.mission.block?.toFinish).toEqual({
      features: 2,
      costUsdLow: 6,
      costUsdHigh: 6,
      minutes: 0,
      basis:
        '2 features left, at what the 1 finished feature of this mission took, ' +
        'without validation, of which none has ended yet (median to 80th percentile)',
    });
  });

  it('is never guessed when a model has no price', () => {
    const unpriced = { ...spent(0), unpriced: true };
    const history = approved({ budget: { maxTurns: 5 } })
      .concluded((mission) => handedOff(mission), unpriced)
      .concluded((mission) => handedOff(mission), unpriced);
    const { toFinish } = history.mission.block ?? {};
    expect(toFinish?.basis).toContain('unpriced');
    expect(toFinish?.costUsdLow).toBeUndefined();
  });

  it('is only said when money, time or turns are what is missing', () => {
    expect(builtM1().failed('auth').mission.block).not.toHaveProperty('toFinish');
    expect(all(builtM1().facts, 'MissionBlocked')).toEqual([]);
  });
});
