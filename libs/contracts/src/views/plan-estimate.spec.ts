import type { Mission, Usage } from '@missions/mission';
import {
  approved,
  atFinalProof,
  awaitingApproval,
  created,
  oneTurn,
  smallProposal,
} from '@missions/mission/testing';
import { finishedMission, planEstimate, type FinishedMission } from './plan-estimate.ts';

const worker = 'anthropic/worker';
const models = {
  worker: { use: worker, priced: true },
  scrutiny: { use: 'anthropic/judge', priced: true },
};
const proposed = awaitingApproval({}, smallProposal()).mission;

type Sample = FinishedMission['runs'][number];
const build = (usd: number | undefined, min: number, model = worker): Sample => ({
  work: 'build',
  model,
  usd,
  min,
});
const scrutiny = (usd: number, min: number): Sample => ({
  work: 'scrutiny',
  model: 'anthropic/judge',
  usd,
  min,
});
const finished = (...runs: readonly Sample[]): FinishedMission => ({
  units: { features: 2, milestones: 1, drivenMilestones: 0 },
  runs,
});
const estimate = (...missions: readonly FinishedMission[]) =>
  planEstimate(proposed, { finished: missions, models });

describe('the estimate of a plan', () => {
  it('is made of what such runs took the same models, with as many attempts and fixes', () => {
    // Three builds for two features, one validation of one milestone; the plan has one of each.
    const one = finished(build(1, 10), build(2, 20), build(9, 30), scrutiny(0.5, 4));
    expect(estimate(one)).toEqual({
      runs: 3,
      costUsdLow: 1.5 * 2 + 0.5,
      costUsdHigh: 1.5 * 9 + 0.5,
      minutes: 1.5 * 20 + 4,
      basis:
        'From 1 finished mission of this installation (runs: 3 build by anthropic/worker, 1 scrutiny by anthropic/judge); ' +
        'median to 80th percentile, with as many attempts and fixes as there.',
    });
  });

  it('says what it does not count, because no finished mission did that with the model of now', () => {
    expect(estimate(finished(build(1, 10), build(1, 10)))?.basis).toContain(
      'Not counted, because none has finished yet: scrutiny by anthropic/judge.',
    );
  });

  it('takes nothing from another model: its price says nothing about this one', () => {
    const other = estimate(finished(build(5, 10, 'anthropic/other')));
    expect(other?.costUsdLow).toBeUndefined();
    expect(other?.basis).toMatch(/^No finished mission was built with anthropic\/worker yet/);
  });

  it('gives time but no money for runs without a price', () => {
    const unpriced = planEstimate(proposed, {
      finished: [finished(build(undefined, 10), build(undefined, 10))],
      models: { worker: { use: worker, priced: false } },
    });
    expect(unpriced).toMatchObject({ minutes: 10 });
    expect(unpriced?.costUsdLow).toBeUndefined();
    expect(unpriced?.basis).toContain('Unpriced: anthropic/worker.');
  });

  it("is the planner's own while nothing is finished, and is said to be", () => {
    const plan = smallProposal();
    const own = { runs: 4, costUsdLow: 2, costUsdHigh: 5, basis: 'similar tools' };
    const { mission } = awaitingApproval({}, { ...plan, plan: { ...plan.plan, estimate: own } });
    expect(planEstimate(mission, { finished: [], models })).toEqual({
      ...own,
      basis: "No finished missions yet; the planner's own numbers: similar tools.",
    });
  });

  it('is unknown when nobody gave a number, and is said to be', () => {
    const unknown = estimate();
    expect(unknown).not.toHaveProperty('costUsdLow');
    expect(unknown?.basis).toContain('cost and time are unknown');
  });

  it('is none before there is a plan', () => {
    expect(planEstimate(created().mission, { finished: [], models })).toBeUndefined();
  });

  it('is no part of what is approved', () => {
    const plan = smallProposal();
    const withOwn = awaitingApproval(
      {},
      { ...plan, plan: { ...plan.plan, estimate: { runs: 9, basis: 'x' } } },
    );
    expect(withOwn.mission.proposal?.hash).toBe(proposed.proposal?.hash);
  });
});

describe('what a finished mission says', () => {
  it("counts its runs by what they did, without the engine's own proof at the end", () => {
    const mission: Mission = atFinalProof().validated().mission;
    const { units, runs } = finishedMission(mission);
    expect(units).toEqual({ features: 3, milestones: 2, drivenMilestones: 1 });
    const works = runs.map(({ work }) => work);
    expect(works.filter((work) => work === 'build')).toHaveLength(3);
    expect(works.filter((work) => work === 'user_testing')).toHaveLength(1);
    expect(works.filter((work) => work === 'scrutiny')).toHaveLength(2);
  });

  it('has no cost for a run with an unpriced call', () => {
    const unpriced: Usage = { ...oneTurn, unpriced: true };
    const { runs } = finishedMission(approved().failed('crash', unpriced).mission);
    expect(runs).toMatchObject([{ work: 'build', usd: undefined }]);
  });
});
