import type { Anthropic } from '@anthropic-ai/sdk';
import type { ContentBlock, Message, UserMessage } from '../content.ts';
import type { Effort, ModelRequest } from '../request.ts';

type Params = Anthropic.MessageCreateParamsStreaming;
type BlockParam = Anthropic.ContentBlockParam;

const cached = { cache_control: { type: 'ephemeral' } } as const;

/** The request as the Messages API reads it, with a cache breakpoint after the system prompt and after the last message. */
export function toWireRequest(request: ModelRequest, model: string, effort: Effort | undefined): Params {
  const chosenEffort = request.effort ?? effort;
  return {
    model,
    max_tokens: request.maxTokens,
    stream: true,
    ...(request.system === '' ? {} : { system: [{ type: 'text', text: request.system, ...cached }] }),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toWireTool) }),
    ...(chosenEffort === undefined ? {} : { output_config: { effort: chosenEffort } }),
    messages: request.messages.map((message, index) =>
      toWireMessage(message, index === request.messages.length - 1),
    ),
  };
}

function toWireTool(tool: ModelRequest['tools'][number]): Anthropic.Tool {
  return {
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.inputSchema, type: 'object' },
  };
}

function toWireMessage(message: Message, isLast: boolean): Anthropic.MessageParam {
  if (message.role === 'assistant')
    return { role: 'assistant', content: orPlaceholder(message.content.flatMap(toAssistantBlock)) };
  const content = orPlaceholder(message.content.flatMap(toUserBlock));
  if (!isLast) return { role: 'user', content };
  return {
    role: 'user',
    content: content.map((block, index) =>
      index === content.length - 1 ? { ...block, ...cached } : block,
    ) as BlockParam[],
  };
}

function toUserBlock(block: UserMessage['content'][number]): BlockParam[] {
  if (block.type === 'text') return textBlocks(block.text);
  return [
    {
      type: 'tool_result',
      tool_use_id: block.callId,
      content: block.content,
      ...(block.isError ? { is_error: true } : {}),
    },
  ];
}

function toAssistantBlock(block: ContentBlock): BlockParam[] {
  if (block.type === 'text') return textBlocks(block.text);
  if (block.type === 'tool_use')
    return [{ type: 'tool_use', id: block.id, name: block.name, input: block.input }];
  if (block.data !== undefined) return [{ type: 'redacted_thinking', data: block.data }];
  // Reasoning without a signature came from another provider; the API refuses it.
  if (block.signature === undefined) return [];
  return [{ type: 'thinking', thinking: block.text, signature: block.signature }];
}

/** The API refuses text blocks without anything to read. */
function textBlocks(text: string): BlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

function orPlaceholder(blocks: BlockParam[]): BlockParam[] {
  return blocks.length > 0 ? blocks : [{ type: 'text', text: '(nothing)' }];
}
