import { blockCauseSchema, isDone, next, openRun } from '@missions/mission';
import type { Evidence, LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

/** I8: a completed mission left no feature open, and one that does not go on says why or has a run somebody can take. */
export const nothingStuck: Check = (evidence) =>
  evidence.missions.flatMap((mission) => [...leftOpen(mission), ...silent(mission, evidence)]);

function leftOpen({ id, now }: LoggedMission): readonly string[] {
  if (now.status !== 'completed') return [];
  return Object.values(now.features)
    .filter((feature) => !isDone(feature))
    .map(({ definition, status }) => `${id} is completed, but ${definition.id} is ${status}`);
}

function silent({ id, now }: LoggedMission, { rows }: Evidence): readonly string[] {
  if (now.status === 'blocked')
    return blockCauseSchema.safeParse(now.block?.cause).success ? [] : [`${id} is blocked without a cause`];
  const due = next(now).map(({ type }) => type);
  if (due.length > 0) return [`${id} stands still: ${due.join(', ')} should have followed`];
  const run = openRun(now);
  if (run === undefined || now.status === 'paused') return [];
  const offered = rows.delegations.some(({ runId }) => runId === run.id);
  const held = rows.leases.some(({ runId }) => runId === run.id);
  const waits = run.lock?.granted === false;
  return offered || held || waits
    ? []
    : [`${id}: ${run.id} is ${run.status}, but nobody holds it and nobody can claim it`];
}
