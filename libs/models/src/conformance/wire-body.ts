import { z } from 'zod';
import type { Message } from '../content.ts';
import type { ModelRequest } from '../request.ts';

const cacheControl = z.looseObject({ type: z.literal('ephemeral') }).nullish();
const text = z.looseObject({
  type: z.literal('text'),
  text: z.string().regex(/\S/, 'text content blocks must contain non-whitespace text'),
  cache_control: cacheControl,
});
const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
  cache_control: cacheControl,
});
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: z.union([z.string(), z.array(text)]).default(''),
  is_error: z.boolean().default(false),
  cache_control: cacheControl,
});
const thinking = z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const redacted = z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() });
const block = z.discriminatedUnion('type', [text, toolUse, toolResult, thinking, redacted]);

/** The part of the Messages API's request that this server understands. */
export const wireBodySchema = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  stream: z.boolean().default(false),
  system: z.union([z.string(), z.array(text)]).default([]),
  tools: z
    .array(
      z.looseObject({
        name: z.string(),
        description: z.string().default(''),
        input_schema: z.looseObject({ type: z.literal('object') }),
      }),
    )
    .default([]),
  messages: z
    .array(
      // Some clients put system texts between the others, as a beta of the API allows.
      z.looseObject({
        role: z.enum(['user', 'assistant', 'system']),
        content: z.union([z.string(), z.array(block)]),
      }),
    )
    .min(1),
});

export type WireBody = z.infer<typeof wireBodySchema>;
export type WireBlock = z.infer<typeof block>;

export function blocksOf(content: string | readonly WireBlock[]): readonly WireBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** The first rule of the conversation the body breaks, in the words of the API; undefined when it is well formed. */
export function conversationFault(body: WireBody): string | undefined {
  if (body.messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  for (const [index, message] of body.messages.entries()) {
    const asked = idsOf(message.content, 'tool_use');
    const answered = idsOf(body.messages[index + 1]?.content ?? [], 'tool_result');
    const missing = asked.filter((id) => !answered.includes(id));
    if (missing.length > 0) {
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}`;
    }
    const stray = answered.filter((id) => !asked.includes(id));
    if (stray.length > 0) {
      return `messages.${index + 1}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.join(', ')}`;
    }
    if (new Set(asked).size < asked.length) return `messages.${index}: \`tool_use\` ids must be unique`;
  }
  return undefined;
}

/** The body as the request of a model behind this server. */
export function toModelRequest(body: WireBody): ModelRequest {
  return {
    system: blocksOf(body.system)
      .map((part) => (part.type === 'text' ? part.text : ''))
      .join('\n'),
    messages: body.messages.map(toMessage),
    tools: body.tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      inputSchema: tool.input_schema,
    })),
    maxTokens: body.max_tokens,
  };
}

function toMessage(message: WireBody['messages'][number]): Message {
  const blocks = blocksOf(message.content);
  if (message.role === 'assistant') return { role: 'assistant', content: blocks.flatMap(toAssistantBlock) };
  return { role: 'user', content: blocks.flatMap(toUserBlock) };
}

function toUserBlock(part: WireBlock): Extract<Message, { role: 'user' }>['content'] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type !== 'tool_result') return [];
  const content = blocksOf(part.content)
    .map((piece) => (piece.type === 'text' ? piece.text : ''))
    .join('\n');
  return [{ type: 'tool_result', callId: part.tool_use_id, content, isError: part.is_error }];
}

function toAssistantBlock(part: WireBlock): Extract<Message, { role: 'assistant' }>['content'] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type === 'tool_use')
    return [{ type: 'tool_use', id: part.id, name: part.name, input: part.input }];
  if (part.type === 'thinking') return [{ type: 'thinking', text: part.thinking, signature: part.signature }];
  return [];
}

function idsOf(content: string | readonly WireBlock[], type: 'tool_use' | 'tool_result'): readonly string[] {
  return blocksOf(content).flatMap((part) => {
    if (part.type !== type) return [];
    return part.type === 'tool_use' ? [part.id] : [part.tool_use_id];
  });
}
