import type { ClaimedWork } from '@missions/leasing';
import { heldMs, type Mission, type MissionEventData, type RunState } from '@missions/mission';

type Workload = Pick<Mission, 'runs' | 'features' | 'proposal'>;

const longestMs = 604_800_000;

/**
 * What a mission claims something for, so that it is known again whichever run claims for it: a feature is one work in all of
 * its runs, and so is a round of a validation. Undefined for a claim that nobody knows any more.
 */
export function claimedWork(
  mission: Workload,
  { runId = '', featureId }: Pick<MissionEventData<'LockRequested'>, 'runId' | 'featureId'>,
): ClaimedWork | undefined {
  const run = mission.runs[runId] ?? (featureId === undefined ? undefined : runToCome(featureId));
  if (!run) return undefined;
  const { feature, milestone = '', round } = run.subject;
  const expectedMs = expectedMsOf(mission, run);
  return {
    id: feature ?? `${milestone}-${run.role}-${String(round)}`,
    ...(expectedMs !== undefined && { expectedMs: Math.min(expectedMs, longestMs) }),
  };
}

/** What a run of this kind took in this mission, by the median; else what the plan says of a feature. */
export function expectedMsOf(
  { runs, proposal, features }: Workload,
  { task, role }: Pick<RunState, 'task' | 'role'>,
): number | undefined {
  const took = Object.values(runs)
    .filter((run) => run.task === task && run.role === role && run.status === 'handed_off')
    .map((run) => heldMs(run))
    .toSorted((a, b) => a - b);
  const median = took[Math.floor(took.length / 2)];
  if (median !== undefined) return Math.round(median);
  const minutes = proposal?.estimate?.minutes;
  if (task !== 'build' || minutes === undefined) return undefined;
  return Math.round((minutes * 60_000) / Math.max(1, Object.keys(features).length));
}

function runToCome(feature: string): Pick<RunState, 'task' | 'role' | 'subject'> {
  return { task: 'build', role: 'worker', subject: { feature, round: 1 } };
}
