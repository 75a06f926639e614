import { noUsage, parseRunHeader, type ContentBlock, type Model, type ModelRequest } from '@missions/models';

/** Agrees with everything and finds nothing, whoever asks: what holds a worker back then is the engine's alone. */
export const willingModel: Model = {
  id: 'demo/willing',
  respond: (request) => {
    const closing = closingCall(request);
    return Promise.resolve({
      content: closing ? [closing] : [{ type: 'text', text: 'I looked at it, and found nothing.' }],
      stopReason: closing ? 'tool_use' : 'end_turn',
      usage: { ...noUsage, input: 100, output: 10 },
    });
  },
};

function closingCall({ tools, messages }: ModelRequest): ContentBlock | undefined {
  const name = tools.map((tool) => tool.name).find((tool) => tool.startsWith('report_'));
  if (name === undefined) return undefined;
  const id = `call_${messages.length}`;
  return { type: 'tool_use', id, name, input: { results: agreed(messages), findings: [], summary: 'Seen.' } };
}

/** A pass for everything that is asked for: it cannot raise what the engine measured. */
function agreed(messages: ModelRequest['messages']): readonly unknown[] {
  const first = messages[0]?.content[0];
  const header = first?.type === 'text' ? parseRunHeader(first.text) : undefined;
  const ids = Array.isArray(header?.['assertions']) ? (header['assertions'] as readonly unknown[]) : [];
  return ids.map((assertionId) => ({ assertionId, verdict: 'pass', observed: 'As the engine says.' }));
}
