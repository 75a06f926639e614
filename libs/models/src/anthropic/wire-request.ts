import type { Anthropic } from '@anthropic-ai/sdk';
import { wireCallId, wireToolName } from '../call/wire-names.ts';
import type { Thinking } from '../capability.ts';
import type { ContentBlock, Message, UserMessage } from '../content.ts';
import type { Effort, ModelRequest } from '../request.ts';

type Params = Anthropic.MessageCreateParamsStreaming;
type BlockParam = Anthropic.ContentBlockParam;
type UserBlockParam = Anthropic.TextBlockParam | Anthropic.ToolResultBlockParam;

/** What is said of one model, besides the request. */
export interface AnthropicTraits {
  /** The model's name at the provider. */
  readonly model: string;
  readonly effort?: Effort | undefined;
  readonly thinking?: Thinking | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** How long the provider keeps a prompt that is not used; five minutes unless said. */
  readonly cacheTtl?: '5m' | '1h' | undefined;
}

type Breakpoint = { readonly cache_control: Anthropic.CacheControlEphemeral };

/** The API takes four breakpoints; one is for tools and system prompt. */
const BREAKPOINTS_IN_MESSAGES = 3;

/**
 * The request as the Messages API reads it, with cache breakpoints: one after tools and system prompt, the others after
 * the newest user messages. The API looks back only 20 blocks from a breakpoint for something it has cached, and one
 * turn with many parallel calls is longer; with the ends of the turns before marked as well, each call finds exactly
 * where the call before it stopped, however many blocks lie between.
 */
export function toWireRequest(request: ModelRequest, traits: AnthropicTraits): Params {
  const effort = request.effort ?? traits.effort;
  const marked = markedMessages(request.messages);
  const breakpoint = breakpointOf(traits);
  return {
    model: traits.model,
    max_tokens: Math.min(request.maxTokens, traits.maxOutputTokens ?? request.maxTokens),
    stream: true,
    ...(request.tools.length === 0 ? {} : { tools: toWireTools(request, breakpoint) }),
    ...(request.system === '' ? {} : { system: [{ type: 'text', text: request.system, ...breakpoint }] }),
    ...(traits.thinking === undefined ? {} : { thinking: toWireThinking(traits.thinking) }),
    ...(effort === undefined ? {} : { output_config: { effort } }),
    messages: request.messages.map((message, index) =>
      toWireMessage(message, marked.has(index) ? breakpoint : undefined),
    ),
  };
}

function markedMessages(messages: readonly Message[]): ReadonlySet<number> {
  const fromPeople = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
  return new Set(fromPeople.slice(-BREAKPOINTS_IN_MESSAGES));
}

function breakpointOf({ cacheTtl }: AnthropicTraits): Breakpoint {
  return { cache_control: { type: 'ephemeral', ...(cacheTtl === '1h' ? { ttl: cacheTtl } : {}) } };
}

function toWireThinking(thinking: Thinking): Anthropic.ThinkingConfigParam {
  return typeof thinking === 'string'
    ? { type: thinking }
    : { type: 'enabled', budget_tokens: thinking.budgetTokens };
}

/** Without a system prompt the tools are the stable prefix. */
function toWireTools({ tools, system }: ModelRequest, breakpoint: Breakpoint): Anthropic.Tool[] {
  return tools.map((tool, index) => ({
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.inputSchema, type: 'object' },
    ...(system === '' && index === tools.length - 1 ? breakpoint : {}),
  }));
}

function toWireMessage(message: Message, breakpoint: Breakpoint | undefined): Anthropic.MessageParam {
  if (message.role === 'assistant')
    return { role: 'assistant', content: orPlaceholder(message.content.flatMap(toAssistantBlock)) };
  const content = orPlaceholder(message.content.flatMap(toUserBlock));
  if (!breakpoint) return { role: 'user', content };
  return {
    role: 'user',
    content: content.map((block, index) =>
      index === content.length - 1 ? { ...block, ...breakpoint } : block,
    ),
  };
}

function toUserBlock(block: UserMessage['content'][number]): UserBlockParam[] {
  if (block.type === 'text') return textBlocks(block.text);
  return [
    {
      type: 'tool_result',
      tool_use_id: wireCallId(block.callId),
      content: block.content,
      ...(block.isError ? { is_error: true } : {}),
    },
  ];
}

function toAssistantBlock(block: ContentBlock): BlockParam[] {
  if (block.type === 'text') return textBlocks(block.text);
  if (block.type === 'tool_use')
    return [
      { type: 'tool_use', id: wireCallId(block.id), name: wireToolName(block.name), input: block.input },
    ];
  if (block.data !== undefined) return [{ type: 'redacted_thinking', data: block.data }];
  // Reasoning without a signature came from another provider; the API refuses it.
  if (block.signature === undefined) return [];
  return [{ type: 'thinking', thinking: block.text, signature: block.signature }];
}

/** The API refuses text blocks without anything to read. */
function textBlocks(text: string): Anthropic.TextBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

function orPlaceholder<Block extends BlockParam>(blocks: Block[]): (Block | Anthropic.TextBlockParam)[] {
  return blocks.length > 0 ? blocks : [{ type: 'text', text: '(nothing)' }];
}
