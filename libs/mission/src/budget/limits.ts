import type { FeatureState, Mission, RunState } from '../mission.state.ts';
import { budgetLeftUsd, rootFeatureId } from '../queries.ts';
import { noUsage, type Usage } from '../run.ts';

/** The feature whose limits a run counts against: the root of what it builds. */
export function chargedFeature(
  mission: Mission,
  run: Pick<RunState, 'task' | 'subject'>,
): FeatureState | undefined {
  const { feature } = run.subject;
  if (run.task !== 'build' || feature === undefined) return undefined;
  return mission.features[rootFeatureId(mission, feature)] ?? mission.features[feature];
}

export function chargedTo({ charged }: FeatureState): Usage {
  return charged ?? noUsage;
}

/** Whether a run may only spend what it is granted. */
export function isMoneyLimited(mission: Mission, run: Pick<RunState, 'task' | 'subject'>): boolean {
  const { maxCostUsd, maxCostUsdPerRun, maxCostUsdPerFeature } = mission.budget;
  if (maxCostUsd !== undefined || maxCostUsdPerRun !== undefined) return true;
  return maxCostUsdPerFeature !== undefined && chargedFeature(mission, run) !== undefined;
}

/** The most a run may be granted on top of its slice, by the limits of its mission, its feature and itself. */
export function grantableUsd(mission: Mission, run: RunState): number | undefined {
  const { maxCostUsdPerFeature, maxCostUsdPerRun } = mission.budget;
  const feature = chargedFeature(mission, run);
  const left = [
    budgetLeftUsd(mission),
    maxCostUsdPerRun === undefined ? undefined : maxCostUsdPerRun - run.sliceUsd,
    maxCostUsdPerFeature === undefined || !feature
      ? undefined
      : maxCostUsdPerFeature - chargedTo(feature).costUsd - run.sliceUsd,
  ].filter((usd) => usd !== undefined);
  return left.length === 0 ? undefined : Math.min(...left);
}

/** How many turns a run may take in all, by the limits of itself, its feature and its mission. */
export function turnsAllowed(mission: Mission, run: Pick<RunState, 'task' | 'subject'>): number {
  const { maxTurns, maxTurnsPerFeature } = mission.budget;
  const feature = chargedFeature(mission, run);
  return Math.min(
    mission.limits.maxTurnsPerRun,
    maxTurns === undefined ? Infinity : maxTurns - mission.usage.turns,
    maxTurnsPerFeature === undefined || !feature ? Infinity : maxTurnsPerFeature - chargedTo(feature).turns,
  );
}

/** How many minutes a run may be worked on in all, by the limits of itself and its feature; undefined for no limit. */
export function minutesAllowed(
  mission: Mission,
  run: Pick<RunState, 'task' | 'subject'>,
): number | undefined {
  const { maxWallClockMinPerFeature = Infinity, maxWallClockMinPerRun = Infinity } = mission.budget;
  const feature = chargedFeature(mission, run);
  const ofFeature = feature ? maxWallClockMinPerFeature - (feature.chargedMin ?? 0) : Infinity;
  const minutes = Math.min(maxWallClockMinPerRun, ofFeature);
  return minutes === Infinity ? undefined : Math.max(0, minutes);
}
