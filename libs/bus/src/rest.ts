import { delay } from '@missions/kernel';

const RESTS_PER_WORK = 4;
const MAX_REST_MS = 20;

/**
 * Leaves something alone for a while after work on it took so long. What comes meanwhile is done together: a busy time costs
 * a fifth of the time at most, and what comes alone is done at once.
 */
export function rest(tookMs: number): Promise<void> {
  return delay(Math.min(MAX_REST_MS, RESTS_PER_WORK * tookMs));
}
