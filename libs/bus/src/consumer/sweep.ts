import type { EventStore, StreamHead } from '@missions/event-store';
import type { Cursors } from '../cursors.ts';

const HEADS_PER_PASS = 500;

export interface SweepParts {
  readonly consumer: string;
  readonly store: EventStore;
  readonly cursors: Cursors;
  readonly streamPrefix?: string;
  /** Brings a stream up to date; rejects when that has to be tried again. */
  readonly apply: (stream: string) => Promise<void>;
}

/**
 * Finds what neither poke nor delivery brought: walks the feed behind the place the last sweep came to and applies every
 * stream that is behind. Needs the database only, so work goes on without a bus. Any number of replicas may sweep at once.
 */
export async function sweep(parts: SweepParts, signal: AbortSignal): Promise<void> {
  let more = true;
  while (more && !signal.aborted) more = await sweepOnce(parts);
}

/**
 * Whether there was more behind it; what comes meanwhile is for the next sweep. Rejects, without moving on, when a stream
 * could not be brought up to date.
 */
async function sweepOnce({ consumer, store, cursors, ...parts }: SweepParts): Promise<boolean> {
  const mark = await cursors.sweepMark(consumer);
  const { heads, next, isLast } = await store.headsAfter({
    after: mark.cursor,
    limit: HEADS_PER_PASS,
    ...(parts.streamPrefix !== undefined && { streamPrefix: parts.streamPrefix }),
  });
  if (next === undefined || next === mark.cursor) return false;
  await applyAll(await behind(cursors, consumer, heads), parts.apply);
  await cursors.moveSweep(consumer, mark, next);
  return !isLast;
}

async function behind(
  cursors: Cursors,
  consumer: string,
  heads: readonly StreamHead[],
): Promise<readonly string[]> {
  return heads.length === 0 ? [] : cursors.behind(consumer, heads);
}

async function applyAll(streams: readonly string[], apply: (stream: string) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(streams.map(apply));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
