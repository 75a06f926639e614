import { delay } from '@missions/kernel';

const RESTS_PER_WORK = 4;
const MAX_REST_MS = 20;

/**
 * Leaves something alone for a while after work on it took so long. What comes meanwhile is done together: work of up to
 * 5 ms that is asked for all the time costs a fifth of it, and what comes alone is done at once.
 */
export function rest(tookMs: number): Promise<void> {
  return delay(Math.min(MAX_REST_MS, RESTS_PER_WORK * tookMs));
}
