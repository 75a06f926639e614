import { referenceTo, turnsOf, type ConversationTurn } from '../transcript/conversation.ts';
import type { RunState } from '../transcript/run-state.ts';

type Output = ConversationTurn['outputs'][number];

/** One way to make a conversation shorter. */
export type Compaction =
  | { readonly kind: 'clear'; readonly outputs: readonly Output[] }
  | { readonly kind: 'summarize'; readonly upTo: number };

/** The newest turns are what the agent is working with; their outputs go last. */
const NEWEST_TURNS = 3;
/** An output that is hardly longer than the reference that would replace it stays. */
const LEAST_OUTPUT_BYTES = 400;
/** Share of the room that the turns after a summary may take. */
const KEPT = 0.5;

/**
 * Decides by the facts alone how to bring a conversation down to so many bytes: old outputs are cleared when that is enough,
 * else old turns are summarised, and at last the newest outputs go too. Undefined when it is short enough, or nothing helps.
 */
export function planCompaction(state: RunState, roomyBytes: number): Compaction | undefined {
  if (state.bytes <= roomyBytes) return undefined;
  const turns = turnsOf(state);
  const old = clearable(turns.slice(0, -NEWEST_TURNS));
  if (old.length > 0 && state.bytes - savedBytes(old) <= roomyBytes) return { kind: 'clear', outputs: old };
  const upTo = lastSummarized(turns, KEPT * roomyBytes);
  if (upTo > state.summarizedTo) return { kind: 'summarize', upTo };
  const all = clearable(turns);
  return all.length > 0 ? { kind: 'clear', outputs: all } : undefined;
}

function clearable(turns: readonly ConversationTurn[]): readonly Output[] {
  return turns.flatMap(({ outputs }) =>
    outputs.filter(({ content }) => Buffer.byteLength(content) >= LEAST_OUTPUT_BYTES),
  );
}

function savedBytes(outputs: readonly Output[]): number {
  return outputs.reduce((sum, { content }) => {
    const bytes = Buffer.byteLength(content);
    return sum + bytes - referenceTo({ digest: `sha256:${'0'.repeat(64)}`, bytes }).length;
  }, 0);
}

/** The newest turns that fit are kept, and one in any case. */
function lastSummarized(turns: readonly ConversationTurn[], keptBytes: number): number {
  let left = keptBytes - (turns.at(-1)?.bytes ?? 0);
  let kept = 1;
  for (const { bytes } of turns.slice(0, -1).reverse()) {
    left -= bytes;
    if (left < 0) break;
    kept += 1;
  }
  return turns.at(-1 - kept)?.turn ?? 0;
}
