import type { Evidence, LoggedEvent, LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

/** Sums of floating-point dollars. */
const TOLERANCE_USD = 1e-6;

/**
 * I7: what was spent and what runs may still spend is never more than the budget, at no moment; and what the transcripts
 * of its runs and their helpers say to have cost, in the order of the log, is never more than that either.
 */
export const spendWithinBudget: Check = ({ missions, streams }) =>
  missions.flatMap((mission) => [...promised(mission), ...recorded(mission, streams)]);

/** The first moment says it; everything after it would only repeat it. */
function promised({ id, states }: LoggedMission): readonly string[] {
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

function recorded(mission: LoggedMission, streams: Evidence['streams']): readonly string[] {
  const runs = [...streams]
    .filter(([stream]) => stream.startsWith(`run-${mission.id}-r`))
    .flatMap(([, events]) => events);
  const inOrder = [...mission.events, ...runs].sort((left, right) => left.place - right.place);
  let spentUsd = 0;
  let version = 0;
  for (const event of inOrder) {
    if (event.stream.startsWith('mission-')) version = event.version;
    spentUsd += costOf(event);
    const { maxCostUsd = Infinity } = mission.states[version]?.budget ?? {};
    if (spentUsd > maxCostUsd + TOLERANCE_USD)
      return [
        `${event.stream} at version ${String(event.version)}: transcripts of ${mission.id} say $${String(spentUsd)} of the $${String(maxCostUsd)} there are`,
      ];
  }
  return [];
}

function costOf({ stream, data }: LoggedEvent): number {
  if (!stream.startsWith('run-')) return 0;
  const { costUsd, lostCall } = data as { costUsd?: unknown; lostCall?: { costUsd?: unknown } };
  return [costUsd, lostCall?.costUsd].reduce<number>(
    (sum, usd) => sum + (typeof usd === 'number' ? usd : 0),
    0,
  );
}
