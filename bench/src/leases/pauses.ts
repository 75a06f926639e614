import { delay } from '@missions/kernel';
import { Child } from '../ground/child.ts';
import type { Crowded, Hold, Told } from './paused/protocol.ts';

export interface Pauses {
  readonly crowd: Omit<Crowded, 'name' | 'stopAfterMs'>;
  /** Each is stopped once, in the midst of a hold, for this long. */
  readonly processes: number;
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

const LIMIT_MS = 90_000;

/** Resolves when every process was stopped and woken, and what it then did has been seen. */
export async function pause({ crowd, processes, pauseMs, everyMs }: Pauses): Promise<PausesSeen> {
  const holds: Hold[] = [];
  const woken = new Set<number>();
  const waking: Promise<void>[] = [];
  const limit = AbortSignal.timeout(LIMIT_MS);
  const children = Array.from({ length: processes }, (_, place) => {
    const child = new Child<Crowded, Told>(new URL('./paused/main.js', import.meta.url), (told) => {
      if (told.kind === 'held') holds.push(told.hold);
      else if (told.kind === 'woken') woken.add(place);
      else waking.push(wake(told.pid, pauseMs, limit));
    });
    child.send({ ...crowd, name: `paused-${place + 1}`, stopAfterMs: (place + 1) * everyMs });
    return child;
  });
  try {
    while (woken.size < processes) await delay(50, limit);
    await Promise.all(waking);
    await delay(everyMs, limit);
    return seenOf(holds, woken.size);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

async function wake(pid: number, pauseMs: number, limit: AbortSignal): Promise<void> {
  await delay(pauseMs, limit);
  process.kill(pid, 'SIGCONT');
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
