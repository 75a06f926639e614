import type { Mission, RunState } from '../mission.state.ts';
import { isOver, openRun } from '../queries.ts';

const msPerMin = 60_000;

/** How long a run was held, by all its holders together; `at` counts the present one in. */
export function heldMs({ heldMs: before = 0, heldSince }: RunState, at?: string): number {
  return before + (at === undefined || heldSince === undefined ? 0 : elapsedMs(heldSince, at));
}

/**
 * Time in which somebody worked on the mission: the time its runs were held. While it is paused, blocked, or waits for a
 * person, a lock or a free replica, nobody holds a run, so that none of this counts.
 */
export function workedMs(mission: Mission, at?: string): number {
  return Object.values(mission.runs).reduce((sum, run) => sum + heldMs(run, at), 0);
}

export function workedMin(mission: Mission, at?: string): number {
  return workedMs(mission, at) / msPerMin;
}

/** Parts of the wall clock that are reached and were not warned of yet. */
export function reachedTime(mission: Mission, at?: string): readonly number[] {
  const { maxWallClockMin, warnAt, warnedTime = [] } = mission.budget;
  if (maxWallClockMin === undefined) return [];
  const worked = workedMin(mission, at);
  return warnAt.filter((fraction) => worked >= fraction * maxWallClockMin && !warnedTime.includes(fraction));
}

export function isTimeUp(mission: Mission, at?: string): boolean {
  const { maxWallClockMin } = mission.budget;
  return maxWallClockMin !== undefined && workedMin(mission, at) >= maxWallClockMin;
}

/** When the run that is held reaches the next part of the wall clock, so that somebody looks then; undefined for never. */
export function wallClockDueAt(mission: Mission): string | undefined {
  const { maxWallClockMin, warnAt, warnedTime = [] } = mission.budget;
  const since = openRun(mission)?.heldSince;
  if (maxWallClockMin === undefined || since === undefined || mission.block || isOver(mission))
    return undefined;
  const next = Math.min(1, ...warnAt.filter((fraction) => !warnedTime.includes(fraction)));
  return new Date(Date.parse(since) + next * maxWallClockMin * msPerMin - workedMs(mission)).toISOString();
}

/** A clock that was set back counts nothing rather than less than nothing. */
function elapsedMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
