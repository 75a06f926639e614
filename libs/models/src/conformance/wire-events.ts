import type { ContentBlock } from '../content.ts';
import type { ModelReply, StopReason } from '../reply.ts';

type WireEvent = Readonly<Record<string, unknown>> & { readonly type: string };

const wireStopReasons: Readonly<Record<StopReason, string>> = {
  end_turn: 'end_turn',
  tool_use: 'tool_use',
  max_tokens: 'max_tokens',
  stop_sequence: 'stop_sequence',
  pause_turn: 'pause_turn',
  refusal: 'refusal',
  context_overflow: 'model_context_window_exceeded',
};

export interface WireReply {
  readonly id: string;
  readonly model: string;
  readonly reply: ModelReply;
  readonly stopReason: string;
  /** The last tool call's input ends in the middle, as at a token limit. */
  readonly truncateLastInput: boolean;
}

export function wireStopReason(reply: ModelReply): string {
  return wireStopReasons[reply.stopReason];
}

/** The whole message, for a request that does not stream. */
export function toWireMessage(wire: WireReply): WireEvent {
  return {
    ...envelope(wire),
    content: wire.reply.content.map(toWireBlock),
    stop_reason: wire.stopReason,
    usage: wireUsage(wire.reply),
  };
}

/** The events of one streamed message, in the order of the API. */
export function* toWireEvents(wire: WireReply): Generator<WireEvent> {
  const usage = { ...wireUsage(wire.reply), output_tokens: 1 };
  yield { type: 'message_start', message: { ...envelope(wire), content: [], stop_reason: null, usage } };
  yield { type: 'ping' };
  const last = wire.reply.content.length - 1;
  for (const [index, block] of wire.reply.content.entries()) {
    yield { type: 'content_block_start', index, content_block: emptied(block) };
    for (const delta of deltasOf(block, wire.truncateLastInput && index === last)) {
      yield { type: 'content_block_delta', index, delta };
    }
    yield { type: 'content_block_stop', index };
  }
  const delta = { stop_reason: wire.stopReason, stop_sequence: null, stop_details: null, container: null };
  yield { type: 'message_delta', delta, usage: wireUsage(wire.reply) };
  yield { type: 'message_stop' };
}

function envelope(wire: WireReply): WireEvent {
  return {
    id: wire.id,
    type: 'message',
    role: 'assistant',
    model: wire.model,
    stop_sequence: null,
    stop_details: null,
    container: null,
  };
}

function wireUsage({ usage }: ModelReply): Readonly<Record<string, unknown>> {
  return {
    input_tokens: usage.input,
    output_tokens: usage.output,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation_input_tokens: usage.cacheWrite,
  };
}

function toWireBlock(block: ContentBlock): Readonly<Record<string, unknown>> {
  if (block.type === 'text') return { type: 'text', text: block.text, citations: null };
  if (block.type === 'tool_use')
    return { type: 'tool_use', id: block.id, name: block.name, input: block.input };
  if (block.data !== undefined) return { type: 'redacted_thinking', data: block.data };
  return { type: 'thinking', thinking: block.text, signature: block.signature ?? '' };
}

function emptied(block: ContentBlock): Readonly<Record<string, unknown>> {
  const wire = toWireBlock(block);
  if (block.type === 'text') return { ...wire, text: '' };
  if (block.type === 'tool_use') return { ...wire, input: {} };
  return block.data === undefined ? { ...wire, thinking: '', signature: '' } : wire;
}

function deltasOf(block: ContentBlock, truncated: boolean): readonly Readonly<Record<string, unknown>>[] {
  if (block.type === 'text') return pieces(block.text).map((text) => ({ type: 'text_delta', text }));
  if (block.type === 'tool_use') {
    const json = JSON.stringify(block.input);
    return pieces(truncated ? json.slice(0, Math.ceil(json.length / 2)) : json).map((partial) => ({
      type: 'input_json_delta',
      partial_json: partial,
    }));
  }
  if (block.data !== undefined) return [];
  const thinking = pieces(block.text).map((text) => ({ type: 'thinking_delta', thinking: text }));
  return [...thinking, { type: 'signature_delta', signature: block.signature ?? '' }];
}

function pieces(text: string): readonly string[] {
  return text.match(/[\s\S]{1,24}/gu) ?? [];
}
