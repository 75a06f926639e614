import type { Model, ModelReply } from '@missions/models';
import { monotonicMs } from '../measure/monotonic.ts';

export interface InstantModel extends Model {
  /** How many turns it has answered. */
  readonly turns: () => number;
  /** Milliseconds from one request to the next: all that a turn takes besides its model. */
  readonly turnMs: readonly number[];
}

/** Answers at once: it has something noted, turn after turn, until `isLast` says that this turn closes the run. */
export function instantModel(isLast: (turn: number) => boolean): InstantModel {
  const turnMs: number[] = [];
  let askedAt: number | undefined;
  let turn = 0;
  return {
    id: 'bench/instant',
    turnMs,
    turns: () => turn,
    respond: () => {
      const now = monotonicMs();
      if (askedAt !== undefined) turnMs.push(now - askedAt);
      askedAt = now;
      turn += 1;
      return Promise.resolve(replyOf(turn, isLast(turn)));
    },
  };
}

const text = 'I note what I have found so far, and go on with what is left of the list.';

function replyOf(turn: number, last: boolean): ModelReply {
  const call = last ? { name: 'done', input: {} } : { name: 'note', input: { text: `note ${turn}` } };
  return {
    content: [
      { type: 'text', text },
      { type: 'tool_use', id: `call-${turn}`, ...call },
    ],
    stopReason: 'tool_use',
    usage: { input: 1_000, output: 100, cacheRead: 0, cacheWrite: 0 },
  };
}
