import { raisableLimitsSchema, type BudgetLimits } from '../brief.ts';
import type { MissionCommand } from '../commands/index.ts';
import type { Mission } from '../mission.state.ts';
import { command } from './mission.builders.ts';
import type { RandomChoice } from './random-choice.ts';

/** Half of the missions have a budget of money, and some have other limits, in any combination. */
export function randomBudget(random: RandomChoice): Partial<BudgetLimits> {
  return {
    ...(random.chance(0.5) && { maxCostUsd: 5 + random.below(40), sliceUsd: 1 + random.below(4) }),
    ...(random.chance(0.2) && { maxWallClockMin: 5 + random.below(100) }),
    ...(random.chance(0.1) && { maxTurns: 5 + random.below(40) }),
    ...(random.chance(0.1) && { maxCostUsdPerFeature: 1 + random.below(9) }),
    ...(random.chance(0.1) && { maxTurnsPerFeature: 1 + random.below(4) }),
    ...(random.chance(0.1) && { maxWallClockMinPerFeature: 1 + random.below(60) }),
    ...(random.chance(0.1) && { maxCostUsdPerRun: 1 + random.below(5) }),
    onExceeded: random.mostly('block', ['stop']),
  };
}

export function randomRaise(mission: Mission, random: RandomChoice): MissionCommand {
  const limit = random.pick(limitsOf(mission)) ?? 'maxCostUsd';
  return command('RaiseBudget', { [limit]: (mission.budget[limit] ?? 1) + random.below(10) });
}

/** More of everything that is limited. */
export function generousRaise(mission: Mission): MissionCommand | undefined {
  const raised = limitsOf(mission).map((limit) => [limit, (mission.budget[limit] ?? 0) + 50]);
  return raised.length === 0
    ? undefined
    : command('RaiseBudget', raisableLimitsSchema.parse(Object.fromEntries(raised)));
}

function limitsOf({ budget }: Mission): readonly (keyof typeof raisableLimitsSchema.shape)[] {
  return raisableLimitsSchema.keyof().options.filter((limit) => budget[limit] !== undefined);
}
