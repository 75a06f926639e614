import { z } from 'zod';
import type { ContentBlock, Message, UserMessage } from '../content.ts';
import type { ModelRequest } from '../request.ts';

const toolCall = z.looseObject({
  id: z.string().min(1).max(40),
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    arguments: z.string(),
  }),
});

const message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('system'), content: z.string() }),
  z.looseObject({ role: z.literal('user'), content: z.string() }),
  z.looseObject({ role: z.literal('tool'), content: z.string(), tool_call_id: z.string() }),
  z.looseObject({
    role: z.literal('assistant'),
    content: z.string().nullish(),
    tool_calls: z.array(toolCall).min(1).optional(),
    reasoning_content: z.string().optional(),
    reasoning: z.string().optional(),
  }),
]);

/** The part of a Chat Completions request that this server understands. */
export const chatBodySchema = z.looseObject({
  model: z.string().min(1),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().default(false) }).optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  reasoning_effort: z.string().optional(),
  tools: z
    .array(
      z.looseObject({
        type: z.literal('function'),
        function: z.looseObject({
          name: z.string(),
          description: z.string().default(''),
          parameters: z.looseObject({ type: z.literal('object') }),
        }),
      }),
    )
    .min(1)
    .optional(),
  messages: z.array(message).min(1),
});

export type ChatBody = z.infer<typeof chatBodySchema>;
type ChatMessage = ChatBody['messages'][number];

/** The first rule of the conversation the body breaks, in the words of the API; undefined when it is well formed. */
export function chatFault(body: ChatBody): string | undefined {
  let open: string[] = [];
  for (const [index, one] of body.messages.entries()) {
    if (one.role === 'tool') {
      if (!open.includes(one.tool_call_id))
        return `Invalid parameter: messages.${index}: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.`;
      open = open.filter((id) => id !== one.tool_call_id);
      continue;
    }
    if (open.length > 0)
      return `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': ${open.join(', ')}`;
    if (one.role !== 'assistant') continue;
    if (one.content === undefined && one.tool_calls === undefined)
      return `Invalid value for 'content' of messages.${index}: expected a string, got null.`;
    open = one.tool_calls?.map(({ id }) => id) ?? [];
  }
  return open.length === 0 ? undefined : `Tool calls without an answer: ${open.join(', ')}`;
}

/** The body as the request of a model behind this server. */
export function chatToModelRequest(body: ChatBody): ModelRequest {
  const system = body.messages.flatMap((one) => (one.role === 'system' ? [one.content] : []));
  return {
    system: system.join('\n'),
    messages: grouped(body.messages.filter((one) => one.role !== 'system')),
    tools: (body.tools ?? []).map(({ function: { name, description, parameters } }) => ({
      name,
      description,
      inputSchema: parameters,
    })),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? 4096,
  };
}

/** Tool messages and the text after them are one message of a person's side in the port. */
function grouped(messages: readonly ChatMessage[]): Message[] {
  const result: Message[] = [];
  for (const one of messages) {
    if (one.role === 'assistant') {
      result.push({ role: 'assistant', content: assistantBlocks(one) });
      continue;
    }
    const blocks = userBlocks(one);
    const last = result.at(-1);
    if (last?.role === 'user') last.content.push(...blocks);
    else result.push({ role: 'user', content: blocks });
  }
  return result;
}

function userBlocks(one: ChatMessage): UserMessage['content'] {
  if (one.role === 'user') return [{ type: 'text', text: one.content }];
  if (one.role !== 'tool') return [];
  return [{ type: 'tool_result', callId: one.tool_call_id, content: one.content, isError: false }];
}

function assistantBlocks(one: Extract<ChatMessage, { role: 'assistant' }>): ContentBlock[] {
  const text: ContentBlock[] = one.content ? [{ type: 'text', text: one.content }] : [];
  const calls = (one.tool_calls ?? []).map((call): ContentBlock => ({
    type: 'tool_use',
    id: call.id,
    name: call.function.name,
    input: JSON.parse(call.function.arguments) as Record<string, unknown>,
  }));
  return [...text, ...calls];
}
