import type { FeatureState, Mission } from '../mission.state.ts';
import type { ToFinish } from '../plan.ts';
import { isDone } from '../queries.ts';
import { chargedTo } from './limits.ts';
import { median, p80 } from './quantile.ts';
import { heldMs } from './wall-clock.ts';

/**
 * What finishing would cost, and how that is known: by the features this mission has finished, else by the plan's own
 * estimate; else it is said that nobody knows.
 */
export function toFinish(mission: Mission): ToFinish {
  const all = Object.values(mission.features);
  const features = all.filter((feature) => !isDone(feature)).length;
  if (mission.approvedHash === undefined) return { features, basis: 'unknown: no plan is approved yet' };
  const finished = all.filter(({ status, charged }) => status === 'accepted' && charged);
  return finished.length > 0 ? byFinished(mission, features, finished) : byPlan(mission, features);
}

function byFinished(mission: Mission, features: number, finished: readonly FeatureState[]): ToFinish {
  const rounds = validatedMilestones(mission);
  const open = Object.values(mission.milestones).filter(({ status }) => status !== 'passed').length;
  const total = (of: (values: readonly number[]) => number | undefined, key: 'usd' | 'min'): number =>
    features *
      (of(finished.map((one) => (key === 'usd' ? chargedTo(one).costUsd : (one.chargedMin ?? 0)))) ?? 0) +
    open * (of(rounds.map((one) => one[key])) ?? 0);
  const unpriced = finished.some((one) => chargedTo(one).unpriced) || rounds.some((one) => one.unpriced);
  const basis = [
    `${counted(features, 'feature')} left, at what the ${counted(finished.length, 'finished feature')} of this mission took`,
    rounds.length > 0
      ? `and ${counted(open, 'milestone')} to validate, at what ${counted(rounds.length, 'validated milestone')} took`
      : 'without validation, of which none has ended yet',
  ].join(', ');
  return {
    features,
    ...(!unpriced && { costUsdLow: total(median, 'usd'), costUsdHigh: total(p80, 'usd') }),
    minutes: total(median, 'min'),
    basis: unpriced
      ? `unpriced: calls of this mission have no known cost; ${basis}`
      : `${basis} (median to 80th percentile)`,
  };
}

/** What validating and settling took, for each milestone that passed. */
function validatedMilestones(mission: Mission): readonly { usd: number; min: number; unpriced: boolean }[] {
  return Object.values(mission.milestones)
    .filter(({ status }) => status === 'passed')
    .map(({ definition }) => {
      const runs = Object.values(mission.runs).filter(
        ({ task, subject }) => task !== 'build' && subject.milestone === definition.id,
      );
      return {
        usd: runs.reduce((sum, { usage }) => sum + (usage?.costUsd ?? 0), 0),
        min: runs.reduce((sum, run) => sum + heldMs(run) / 60_000, 0),
        unpriced: runs.some(({ usage }) => usage?.unpriced === true),
      };
    });
}

function byPlan(mission: Mission, features: number): ToFinish {
  const { costUsdLow, costUsdHigh, minutes } = mission.proposal?.estimate ?? {};
  const spent = mission.budget.settledUsd;
  if (costUsdLow === undefined && costUsdHigh === undefined)
    return {
      features,
      basis: mission.usage.unpriced
        ? 'unpriced: calls of this mission have no known cost'
        : 'unknown: no feature is finished yet, and the plan has no estimate of its cost',
    };
  return {
    features,
    ...(costUsdLow !== undefined && { costUsdLow: Math.max(0, costUsdLow - spent) }),
    ...(costUsdHigh !== undefined && { costUsdHigh: Math.max(0, costUsdHigh - spent) }),
    ...(minutes !== undefined && { minutes }),
    basis: `the planner's own estimate of the whole plan, less the $${spent.toFixed(2)} spent; no feature is finished yet`,
  };
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}
