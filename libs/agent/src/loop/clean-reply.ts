import type { ContentBlock } from '@missions/models';

type Redact = (text: string) => string;

/** More calls than this in one turn are left out: no work needs them, and their results would not fit. */
export const maxCallsPerTurn = 32;

/** A reply as it is recorded. */
export interface CleanReply {
  readonly content: ContentBlock[];
  readonly droppedCalls: number;
}

/** Redacts a reply before anybody sees it, bounds its calls and gives every one an id of its own. */
export function cleanReply(content: readonly ContentBlock[], redact: Redact): CleanReply {
  const ids = new Set<string>();
  let calls = 0;
  const kept = content.filter((block) => block.type !== 'tool_use' || (calls += 1) <= maxCallsPerTurn);
  return {
    content: kept.flatMap((block) => cleanBlock(block, redact)).map((block) => withOwnId(block, ids)),
    droppedCalls: content.length - kept.length,
  };
}

/** Redacts every string in a value, keys included. */
export function redactDeep(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((part: unknown) => redactDeep(part, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [redact(key), redactDeep(part, redact)]),
  );
}

function cleanBlock(block: ContentBlock, redact: Redact): readonly ContentBlock[] {
  if (block.type === 'text') return [{ ...block, text: redact(block.text) }];
  if (block.type === 'thinking') {
    const text = redact(block.text);
    // The signature covers the text; a changed block would be refused by the provider.
    if (text !== block.text && block.signature !== undefined) return [];
    return [{ ...block, text }];
  }
  const input = redactDeep(block.input, redact) as Record<string, unknown>;
  return [
    block.malformed === undefined
      ? { ...block, input }
      : { ...block, input, malformed: redact(block.malformed) },
  ];
}

/** Two calls cannot be answered under one id; the second is marked and will be refused. */
function withOwnId(block: ContentBlock, ids: Set<string>): ContentBlock {
  if (block.type !== 'tool_use') return block;
  if (!ids.has(block.id)) {
    ids.add(block.id);
    return block;
  }
  let id = `${block.id}_again`;
  while (ids.has(id)) id += '_';
  ids.add(id);
  return { ...block, id, malformed: `The id ${block.id} was used by another call of this turn.` };
}
