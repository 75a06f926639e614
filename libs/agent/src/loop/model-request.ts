import { createHash } from 'node:crypto';
import type { ModelRequest, ToolDefinition } from '@missions/models';
import { z } from 'zod';
import type { AnyTool } from '../tool.ts';
import type { RunState } from '../transcript/run-state.ts';

export function toolDefinition(tool: AnyTool): ToolDefinition {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, { io: 'input' });
  return { name: tool.name, description: tool.description, inputSchema };
}

export function requestFor(
  state: RunState,
  fixed: { readonly tools: readonly ToolDefinition[]; readonly maxTokens: number },
): ModelRequest {
  return { system: state.context?.system ?? '', messages: state.messages, ...fixed };
}

export function digestOf(request: ModelRequest): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(request)).digest('hex')}`;
}

/** No tokenizer makes more tokens of usual text than one for two bytes; money is reserved by it, so it is high on purpose. */
const BYTES_PER_TOKEN = 2;

/** An upper estimate of a request's input: what the last call counted, and the bytes that came since. */
export function estimateInputTokens(request: ModelRequest, state: RunState): number {
  const counted = state.lastTurn?.usage;
  const known = counted ? counted.input + counted.cacheRead + counted.cacheWrite + counted.output : 0;
  if (known === 0) return tokensOf(request);
  const lastReply = request.messages.findLastIndex((message) => message.role === 'assistant');
  return known + tokensOf(request.messages.slice(lastReply + 1));
}

function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / BYTES_PER_TOKEN);
}
