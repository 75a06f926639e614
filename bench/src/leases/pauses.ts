import { delay } from '@missions/kernel';
import { Child } from '../ground/child.ts';
import { monotonicMs } from '../measure/monotonic.ts';
import type { Crowded, Hold, Told } from './paused/protocol.ts';

export interface Pauses {
  readonly crowd: Omit<Crowded, 'name' | 'stopAfterMs'>;
  /** So many are stopped once each, in the midst of a hold, for at least this long; one more never is. */
  readonly stopped: number;
  readonly pauseMs: number;
  /** The processes begin to stop one after the other, with so long between them. */
  readonly everyMs: number;
}

/** What came of holders that were stopped for longer than their leases lived. */
export interface PausesSeen {
  readonly stopped: number;
  readonly grants: number;
  /** Effects that the counter took after it had taken one of a later grant, which is one with a higher token. */
  readonly staleAccepted: number;
  readonly refused: number;
  /** Grants whose token is not above that of a grant that was known before they were asked for. */
  readonly tokensBack: number;
}

/** A process that stopped itself, and the token it held. */
interface Stopped {
  readonly pid: number;
  readonly token: number;
  readonly at: number;
}

const LIMIT_MS = 90_000;

/**
 * Resolves when every holder that was to be stopped has tried its effect after it woke: nobody is woken before a later holder
 * has counted, so that each of these effects is late.
 */
export async function pause({ crowd, stopped: count, pauseMs, everyMs }: Pauses): Promise<PausesSeen> {
  const holds: Hold[] = [];
  const asleep = new Set<Stopped>();
  const woken = new Set<Stopped>();
  const limit = AbortSignal.timeout(LIMIT_MS);
  const children = Array.from({ length: count + 1 }, (_, place) => {
    const child = new Child<Crowded, Told>(new URL('./paused/main.js', import.meta.url), (told) => {
      if (told.kind === 'held') holds.push(told.hold);
      else asleep.add({ pid: told.pid, token: told.token, at: monotonicMs() });
    });
    const stops = place < count && { stopAfterMs: (place + 1) * everyMs };
    child.send({ ...crowd, name: `paused-${place + 1}`, ...stops });
    return child;
  });
  const isOver = ({ token }: Stopped): boolean => holds.some((hold) => hold.token === token);
  try {
    while (woken.size < count || ![...woken].every(isOver)) {
      if (limit.aborted)
        throw new Error(
          `Of ${count} holders ${asleep.size + woken.size} were stopped, ${woken.size} overtaken, ${[...woken].filter(isOver).length} heard of after that.`,
        );
      await delay(50);
      for (const one of asleep) {
        if (monotonicMs() - one.at < pauseMs || !isOvertaken(one, holds)) continue;
        process.kill(one.pid, 'SIGCONT');
        asleep.delete(one);
        woken.add(one);
      }
    }
    return seenOf(holds, woken.size);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** Whether an effect under this token would be late. */
export function isOvertaken({ token }: Pick<Stopped, 'token'>, holds: readonly Hold[]): boolean {
  return holds.some((hold) => hold.token > token && hold.counted !== undefined);
}

export function seenOf(holds: readonly Hold[], stopped: number): PausesSeen {
  const accepted = holds
    .filter(({ counted }) => counted !== undefined)
    .toSorted((a, b) => (a.counted ?? 0) - (b.counted ?? 0));
  let newest = -Infinity;
  let staleAccepted = 0;
  for (const { token } of accepted) {
    if (token < newest) staleAccepted += 1;
    newest = Math.max(newest, token);
  }
  return {
    stopped,
    grants: holds.length,
    staleAccepted,
    refused: holds.length - accepted.length,
    tokensBack: holds.filter((hold) => isBack(hold, holds)).length,
  };
}

// Who was stopped hears late of its grant, so grants that overlap in time may be heard of in another order.
function isBack({ token, askedAt }: Hold, holds: readonly Hold[]): boolean {
  return holds.some((before) => before.heldAt < askedAt && before.token >= token);
}
