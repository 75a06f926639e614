import type { Ask, HolderSituation, Stance } from './situation.ts';

/** What giving way may cost a mission in all, as a share of its own work; nobody is ever asked for more than a tenth. */
export const goodwillShare: Readonly<Record<Stance, number>> = { greedy: 0, neutral: 0.03, yielding: 0.06 };
/** What an asker may take at most, as a share of what the holder still needs. */
const worthShare: Readonly<Record<Stance, number>> = { greedy: 0, neutral: 0.5, yielding: 1 };
/** How often one piece of work gives way out of goodwill: once begun, work also comes to an end. */
const mostTimes: Readonly<Record<Stance, number>> = { greedy: 0, neutral: 1, yielding: 2 };
/** What it costs to stop and to go on again later, beside the time that the other takes. */
export const resumeMs = 60_000;

/**
 * Whether a holder gives way although it still needs what it holds: to whoever would have been served before it if there
 * were no talk, whatever its stance, since what it holds it holds only by others' giving way; else out of goodwill.
 */
export function givesWay(holder: HolderSituation, ask: Ask): boolean {
  if (ask.letHolderPass === true) return false;
  if (wouldBeFirst(ask, holder)) return true;
  // Who is outranked yields, whatever its own stance.
  const stance = ask.priority > holder.priority ? 'yielding' : holder.stance;
  const { gaveWay = 0, delayedMs = 0, ownMs = 0, remainingMs = 0 } = holder;
  // What it does not know it does not risk.
  const { expectedMs = Infinity } = ask;
  if (gaveWay >= mostTimes[stance] || expectedMs > worthShare[stance] * remainingMs) return false;
  return delayedMs + expectedMs + resumeMs <= goodwillShare[stance] * ownMs;
}

/** Whether the first would be served before the second if nobody ever gave way to anybody. */
export function wouldBeFirst(
  first: { readonly inLineMs?: number },
  second: { readonly inLineMs?: number },
): boolean {
  if (first.inLineMs === undefined || second.inLineMs === undefined) return false;
  return first.inLineMs >= 0 && first.inLineMs > second.inLineMs;
}
