import { createHash } from 'node:crypto';
import type { ToolUseBlock } from '@missions/models';
import type { RecordedResult } from './facts.ts';

/** Whether the turns of a run still bring anything new. */
export interface Novelty {
  /** Turns in a row that did the same with the same result. */
  readonly sameTurns: number;
  /** Turns in a row of which every call, with its result, had been seen before. */
  readonly staleTurns: number;
  readonly lastSignature: string | undefined;
  readonly seen: ReadonlySet<string>;
}

export const nothingSeen: Novelty = {
  sameTurns: 0,
  staleTurns: 0,
  lastSignature: undefined,
  seen: new Set(),
};

export function withTurn<Known extends Novelty>(
  known: Known,
  calls: readonly ToolUseBlock[],
  results: readonly RecordedResult[],
): Known {
  const byId = new Map(results.map((result) => [result.callId, result]));
  const pairs = calls.map((call) => digestOf(call, byId.get(call.id)));
  const signature = pairs.join();
  const fresh = pairs.some((pair) => !known.seen.has(pair));
  return {
    ...known,
    sameTurns: signature === known.lastSignature ? known.sameTurns + 1 : 1,
    staleTurns: fresh ? 0 : known.staleTurns + 1,
    lastSignature: signature,
    seen: fresh ? new Set([...known.seen, ...pairs]) : known.seen,
  };
}

/** What left the conversation may well be looked up again. */
export function forgotten<Known extends Novelty>(known: Known): Known {
  return { ...known, staleTurns: 0, seen: new Set() };
}

/** How long something took, and when, says nothing of what came out. */
const times = /\b\d+(?:\.\d+)?\s?(?:ms|s|sec|seconds)\b|\b\d\d:\d\d(?::\d\d)?(?:\.\d+)?\b/g;

function digestOf({ name, input }: ToolUseBlock, result: RecordedResult | undefined): string {
  const content = result?.content.replace(times, '#');
  return createHash('sha256')
    .update(JSON.stringify([name, input, content, result?.isError]))
    .digest('base64');
}
