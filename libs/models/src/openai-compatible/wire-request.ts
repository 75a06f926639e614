import type { OpenAI } from 'openai';
import { wireCallId, wireToolName } from '../call/wire-names.ts';
import type { Message } from '../content.ts';
import type { ProviderOf } from '../provider.ts';
import type { Effort, ModelRequest } from '../request.ts';

type Params = OpenAI.Chat.ChatCompletionCreateParamsStreaming;
type MessageParam = OpenAI.Chat.ChatCompletionMessageParam;

/** What is said of one model and of its server, besides the request. */
export interface ChatTraits {
  /** The model's name at the server. */
  readonly model: string;
  readonly provider: ProviderOf<'openai-compatible'>;
  readonly effort?: Effort | undefined;
  readonly maxOutputTokens?: number | undefined;
}

/** The request as servers of Chat Completions read it. */
export function toChatRequest(request: ModelRequest, traits: ChatTraits): Params {
  const { provider, model } = traits;
  const effort = request.effort ?? traits.effort;
  const system: MessageParam[] = request.system === '' ? [] : [{ role: 'system', content: request.system }];
  return {
    ...provider.extraBody,
    model,
    stream: true,
    stream_options: { include_usage: true },
    [provider.maxTokensField]: Math.min(request.maxTokens, traits.maxOutputTokens ?? request.maxTokens),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toChatTool) }),
    messages: [
      ...system,
      ...request.messages.flatMap((message) => toChatMessages(message, provider.reasoningField)),
    ],
  };
}

function toChatTool(tool: ModelRequest['tools'][number]): OpenAI.Chat.ChatCompletionTool {
  const { name, description, inputSchema } = tool;
  return {
    type: 'function',
    function: { name, description, parameters: { ...inputSchema, type: 'object' } },
  };
}

function toChatMessages(message: Message, reasoningField: string | undefined): MessageParam[] {
  return message.role === 'user' ? userMessages(message) : [assistantMessage(message, reasoningField)];
}

/** Results come first: servers want them directly after the calls they answer. */
function userMessages({ content }: Extract<Message, { role: 'user' }>): MessageParam[] {
  const results = content.flatMap((block): MessageParam[] => {
    if (block.type !== 'tool_result') return [];
    // The protocol has no field that says so.
    const text = block.isError ? `Error: ${block.content}` : block.content;
    return [{ role: 'tool', tool_call_id: wireCallId(block.callId), content: text }];
  });
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n\n');
  if (text.trim() === '' && results.length > 0) return results;
  return [...results, { role: 'user', content: text.trim() === '' ? '(nothing)' : text }];
}

function assistantMessage(
  { content }: Extract<Message, { role: 'assistant' }>,
  reasoningField: string | undefined,
): MessageParam {
  const textOf = (type: 'text' | 'thinking'): string =>
    content.flatMap((block) => (block.type === type ? [block.text] : [])).join('\n\n');
  const calls = content.flatMap((block): OpenAI.Chat.ChatCompletionMessageToolCall[] => {
    if (block.type !== 'tool_use') return [];
    const called = { name: wireToolName(block.name), arguments: JSON.stringify(block.input) };
    return [{ type: 'function', id: wireCallId(block.id), function: called }];
  });
  const text = textOf('text');
  const reasoning = textOf('thinking');
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text || '(nothing)',
    ...(reasoningField === undefined || reasoning === '' ? {} : { [reasoningField]: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}
