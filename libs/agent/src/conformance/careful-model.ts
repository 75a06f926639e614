import type { Message, Model, ModelReply } from '@missions/models';

type Call = { readonly tool: string; readonly input: Readonly<Record<string, string>> };

export const notes = 'naïve 漢字 "quoted" \\ back\n👩‍👩‍👧 done';
export const line = 'first ✓ {"a":[1]}';

/**
 * Appends a line to a journal, writes a file and closes, one call a turn. When it is told that nobody knows whether the
 * line was appended, it reads the journal, and appends the line only when it is not there.
 */
export const carefulModel: Model = {
  id: 'demo/careful',
  respond: ({ messages }) => Promise.resolve(reply(messages)),
};

function reply(messages: readonly Message[]): ModelReply {
  const turn = messages.filter(({ role }) => role === 'assistant').length + 1;
  const { tool, input } = nextCall(exchangesOf(messages));
  return {
    content: [{ type: 'tool_use', id: `call_${turn}`, name: tool, input }],
    stopReason: 'tool_use',
    usage: { input: 100, output: 20, cacheRead: 0, cacheWrite: 0 },
  };
}

function nextCall(exchanges: readonly Exchange[]): Call {
  const known = whatIsKnown(exchanges);
  if (known === 'nothing') return { tool: 'read', input: { path: 'journal' } };
  if (known === 'missing') return { tool: 'append', input: { path: 'journal', text: line } };
  const written = exchanges.some(({ tool, isError }) => tool === 'write' && !isError);
  if (!written) return { tool: 'write', input: { path: 'notes.md', text: notes } };
  return { tool: 'done', input: { path: '-' } };
}

function whatIsKnown(exchanges: readonly Exchange[]): 'there' | 'missing' | 'nothing' {
  return exchanges.reduce<'there' | 'missing' | 'nothing'>((known, { tool, result, isError }) => {
    if (tool === 'append') return isError ? 'nothing' : 'there';
    if (tool === 'read' && known === 'nothing') return result.includes(line) ? 'there' : 'missing';
    return known;
  }, 'missing');
}

interface Exchange {
  readonly tool: string;
  readonly result: string;
  readonly isError: boolean;
}

function exchangesOf(messages: readonly Message[]): readonly Exchange[] {
  const blocks = messages.flatMap(({ content }): readonly Message['content'][number][] => content);
  return blocks.flatMap((block) => {
    if (block.type !== 'tool_use') return [];
    const result = blocks.find((other) => other.type === 'tool_result' && other.callId === block.id);
    if (result?.type !== 'tool_result') return [];
    return [{ tool: block.name, result: result.content, isError: result.isError }];
  });
}
