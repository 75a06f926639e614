import type { LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

/** Sums of floating-point dollars. */
const TOLERANCE_USD = 1e-6;

/** I7: what was spent and what runs may still spend is never more than the budget, at no moment. */
export const spendWithinBudget: Check = ({ missions }) => missions.flatMap(ofMission);

/** The first moment says it; everything after it would only repeat it. */
function ofMission({ id, states }: LoggedMission): readonly string[] {
  const over = states.find(({ budget, runs }) => {
    if (budget.maxCostUsd === undefined) return false;
    const open = Object.values(runs).reduce((sum, { sliceUsd }) => sum + sliceUsd, 0);
    return budget.settledUsd + open > budget.maxCostUsd + TOLERANCE_USD;
  });
  if (over === undefined) return [];
  const { settledUsd, maxCostUsd } = over.budget;
  return [
    `${id} at version ${String(over.version)}: $${String(settledUsd)} is spent and more is promised than the $${String(maxCostUsd)} there are`,
  ];
}
