import { fact, type MissionEvent, type MissionEventData } from '../events/index.ts';
import type { FeatureState, Mission } from '../mission.state.ts';
import { budgetLeftUsd, isOver } from '../queries.ts';
import { chargedFeature, chargedTo } from './limits.ts';
import { isTimeUp, reachedTime, workedMin } from './wall-clock.ts';

/** What a person can do about a budget that is used up. */
function raiseIt(mission: Mission, how: string): string {
  return `Raise the budget: \`missions budget raise ${mission.id} ${how}\`.`;
}

/** The mission has used up a limit of its own: it asks, or it fails when it was told to stop. */
export function outOfBudget(mission: Mission, at?: string): readonly MissionEvent[] {
  const exceeded = exceededLimit(mission, at);
  return exceeded ? budgetExceeded(mission, exceeded) : [];
}

/** The feature has used up what it, its attempts and its fixes may use together. */
export function featureOutOfBudget(mission: Mission, feature: FeatureState): readonly MissionEvent[] {
  const { definition } = feature;
  const root =
    chargedFeature(mission, { task: 'build', subject: { feature: definition.id, round: 1 } }) ?? feature;
  const exceeded = exceededByFeature(mission, root);
  if (!exceeded) return [];
  const who = `${root.definition.id} with its attempts and fixes`;
  const skip = `Or skip it: \`missions feature skip ${mission.id} ${definition.id}\`.`;
  return budgetExceeded(mission, {
    detail: `${who} has used ${exceeded.used} that one feature may take.`,
    needs: `${raiseIt(mission, exceeded.raise)} ${skip}`,
  });
}

function exceededByFeature(
  { budget }: Mission,
  root: FeatureState,
): { readonly used: string; readonly raise: string } | undefined {
  const { maxCostUsdPerFeature, maxTurnsPerFeature, maxWallClockMinPerFeature } = budget;
  const { costUsd, turns } = chargedTo(root);
  const { chargedMin = 0 } = root;
  if (maxCostUsdPerFeature !== undefined && costUsd >= maxCostUsdPerFeature)
    return {
      used: `$${costUsd.toFixed(2)} of the $${String(maxCostUsdPerFeature)}`,
      raise: '--feature-usd USD',
    };
  if (maxTurnsPerFeature !== undefined && turns >= maxTurnsPerFeature)
    return {
      used: `${String(turns)} of the ${String(maxTurnsPerFeature)} turns`,
      raise: '--feature-turns N',
    };
  if (maxWallClockMinPerFeature !== undefined && chargedMin >= maxWallClockMinPerFeature)
    return {
      used: `${chargedMin.toFixed(1)} of the ${String(maxWallClockMinPerFeature)} minutes`,
      raise: '--feature-minutes N',
    };
  return undefined;
}

type Exceeded = Pick<MissionEventData<'MissionBlocked'>, 'detail' | 'needs'>;

function exceededLimit(mission: Mission, at?: string): Exceeded | undefined {
  const { maxCostUsd, maxTurns, maxWallClockMin } = mission.budget;
  const left = budgetLeftUsd(mission);
  if (left !== undefined && left <= 0)
    return {
      detail: `The budget of $${String(maxCostUsd)} is spent.`,
      needs: raiseIt(mission, 'USD'),
    };
  if (maxTurns !== undefined && mission.usage.turns >= maxTurns)
    return {
      detail: `${String(mission.usage.turns)} of ${String(maxTurns)} turns are taken.`,
      needs: raiseIt(mission, '--turns N'),
    };
  if (isTimeUp(mission, at))
    return {
      detail: `Its runs were held for ${workedMin(mission, at).toFixed(1)} of ${String(maxWallClockMin)} minutes.`,
      needs: raiseIt(mission, '--minutes N'),
    };
  return undefined;
}

function budgetExceeded(mission: Mission, { detail, needs }: Exceeded): readonly MissionEvent[] {
  return mission.budget.onExceeded === 'stop'
    ? [fact('MissionFailed', { cause: 'budget', detail })]
    : [fact('MissionBlocked', { cause: 'budget', detail, needs })];
}

/** Each part of the budget that is reached is said once. Only what is settled counts: a promise may come back unspent. */
export function warnings(mission: Mission): readonly MissionEvent[] {
  return isOver(mission)
    ? []
    : [...moneyWarnings(mission, mission.budget.settledUsd), ...timeWarnings(mission)];
}

export function moneyWarnings(mission: Mission, spentUsd: number): readonly MissionEvent[] {
  const { maxCostUsd, warnAt, warned } = mission.budget;
  if (maxCostUsd === undefined) return [];
  return warnAt
    .filter((fraction) => spentUsd >= fraction * maxCostUsd && !warned.includes(fraction))
    .map((fraction) => fact('BudgetWarned', { fraction, spentUsd, maxCostUsd }));
}

export function timeWarnings(mission: Mission, at?: string): readonly MissionEvent[] {
  const { maxWallClockMin } = mission.budget;
  if (maxWallClockMin === undefined) return [];
  const min = workedMin(mission, at);
  return reachedTime(mission, at).map((fraction) =>
    fact('WallClockWarned', { fraction, workedMin: min, maxWallClockMin }),
  );
}
