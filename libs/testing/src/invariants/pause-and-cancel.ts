import { isOver, runStream, type MissionEventData } from '@missions/mission';
import type { Evidence, LoggedEvent, LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

const PAUSE_LIMIT_MS = 40_000;
const CANCEL_LIMIT_MS = 10_000;
/** What may still be said of a mission that is over: its run comes to an end, and what it held goes back. */
const afterTheEnd: ReadonlySet<string> = new Set([
  'RunEnded',
  'RunReleased',
  'LockReleased',
  'LockGranted',
  'BudgetSliceGranted',
]);

/** I14: after a pause nothing more is done once its time is up, after a cancel likewise, and nothing follows an end. */
export const pauseAndCancel: Check = (evidence) =>
  evidence.missions.flatMap((mission) => [
    ...afterEnd(mission),
    ...workDuring(mission, evidence),
    ...claimsWhilePaused(mission),
  ]);

function afterEnd({ id, events, states }: LoggedMission): readonly string[] {
  return events.flatMap(({ type, version }, index) => {
    const before = states[index];
    if (!before || before.version === 0 || !isOver(before) || afterTheEnd.has(type)) return [];
    return [`${id} at version ${String(version)}: ${type} after the mission was ${before.status}`];
  });
}

function claimsWhilePaused({ id, events, states }: LoggedMission): readonly string[] {
  return events.flatMap(({ type, version }, index) =>
    type === 'RunClaimed' && states[index]?.status === 'paused'
      ? [`${id} at version ${String(version)}: a run was claimed while the mission was paused`]
      : [],
  );
}

/** Turns and results of any run that came later than the stop allows. */
function workDuring(mission: LoggedMission, evidence: Evidence): readonly string[] {
  const { pauseLimitMs = PAUSE_LIMIT_MS, cancelLimitMs = CANCEL_LIMIT_MS } = evidence.subject;
  return mission.events.flatMap((event, index) => {
    if (event.type !== 'MissionPaused' && event.type !== 'MissionCancelled') return [];
    const limitMs = event.type === 'MissionPaused' ? pauseLimitMs : cancelLimitMs;
    const until = mission.events.slice(index + 1).find(({ type }) => type === 'MissionResumed');
    return workBetween(mission, evidence, {
      from: timeOf(event) + limitMs,
      until: until ? timeOf(until) : Infinity,
    }).map(
      (work) =>
        `${mission.id}: ${work.type} of ${work.stream} more than ${String(limitMs)} ms after ${event.type}`,
    );
  });
}

const work: ReadonlySet<string> = new Set(['TurnRecorded', 'ToolResultsRecorded', 'RunResumed']);

function workBetween(
  { events }: LoggedMission,
  { streams }: Evidence,
  { from, until }: { readonly from: number; readonly until: number },
): readonly LoggedEvent[] {
  return events
    .filter(({ type }) => type === 'RunDelegated')
    .flatMap(({ data }) => streams.get(runStream((data as MissionEventData<'RunDelegated'>).runId)) ?? [])
    .filter((event) => work.has(event.type) && timeOf(event) > from && timeOf(event) < until);
}

function timeOf({ occurredAt }: LoggedEvent): number {
  return Date.parse(occurredAt);
}
