import type { ToolUseBlock } from '../content.ts';
import type { ModelReply, StopReason } from '../reply.ts';
import type { ChatDialect } from './chat-dialect.ts';

type Json = Readonly<Record<string, unknown>>;

const finishReasons: Readonly<Record<StopReason, string>> = {
  end_turn: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  refusal: 'content_filter',
  context_overflow: 'length',
};

export interface ChatReply {
  readonly id: string;
  readonly model: string;
  readonly reply: ModelReply;
  /** Where given, instead of what the reply says. */
  readonly finishReason?: string | undefined;
  /** The last call's arguments end in the middle, as at a token limit. */
  readonly truncateLastInput: boolean;
  readonly dialect: ChatDialect;
  readonly wantsUsage: boolean;
}

/** The chunks of one streamed completion, in the order and the dialect of the server. */
export function* toChatChunks(chat: ChatReply): Generator<Json> {
  const { dialect } = chat;
  const chunk = (choices: readonly Json[], usage: Json | null = null): Json => ({
    id: chat.id,
    object: 'chat.completion.chunk',
    created: 0,
    model: chat.model,
    choices,
    ...(usage !== null || chat.wantsUsage ? { usage } : {}),
  });
  const counted = dialect.usage === 'in_every_chunk' ? chatUsage(chat.reply) : null;
  const choice = (delta: Json, finish_reason: string | null = null): Json =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason }], counted);
  yield choice({ role: 'assistant', content: '' });
  for (const delta of deltasOf(chat)) yield choice(delta);
  yield choice({}, finishReasonOf(chat));
  if (dialect.usage === 'when_asked' && chat.wantsUsage) yield chunk([], chatUsage(chat.reply));
}

function finishReasonOf({ finishReason, reply, dialect }: ChatReply): string {
  if (finishReason !== undefined) return finishReason;
  return reply.stopReason === 'tool_use' ? dialect.finishAfterCalls : finishReasons[reply.stopReason];
}

function* deltasOf(chat: ChatReply): Generator<Json> {
  const { reply, dialect, truncateLastInput } = chat;
  const calls = reply.content.filter((block) => block.type === 'tool_use');
  for (const block of reply.content) {
    if (block.type === 'thinking')
      for (const piece of pieces(block.text)) yield { [dialect.reasoningField]: piece };
    if (block.type === 'text') for (const piece of pieces(block.text)) yield { content: piece };
    if (block.type !== 'tool_use') continue;
    const at = calls.indexOf(block);
    yield* callDeltas(block, { at, truncated: truncateLastInput && at === calls.length - 1, dialect });
  }
}

function* callDeltas(
  block: ToolUseBlock,
  {
    at,
    truncated,
    dialect,
  }: { readonly at: number; readonly truncated: boolean; readonly dialect: ChatDialect },
): Generator<Json> {
  const json = JSON.stringify(block.input);
  const sent = truncated ? json.slice(0, Math.ceil(json.length / 2)) : json;
  const index = dialect.callIndexes ? at : 0;
  const id = dialect.callIds ? { id: block.id } : {};
  const whole = dialect.calls === 'at_once';
  const opening = { name: block.name, arguments: whole ? sent : '' };
  yield { tool_calls: [{ index, ...id, type: 'function', function: opening }] };
  if (whole) return;
  for (const piece of pieces(sent)) yield { tool_calls: [{ index, function: { arguments: piece } }] };
}

function chatUsage({ usage }: ModelReply): Json {
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead },
  };
}

function pieces(text: string): readonly string[] {
  return text.match(/[\s\S]{1,24}/gu) ?? [];
}
