import type { Message, ModelRequest, ToolDefinition } from '@missions/models';
import { z } from 'zod';
import type { AnyTool } from '../tool.ts';
import type { RunState } from '../transcript/run-state.ts';

export function toolDefinition(tool: AnyTool): ToolDefinition {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, { io: 'input' });
  return { name: tool.name, description: tool.description, inputSchema };
}

/** The request of a run; `messages` where it is not the whole conversation. */
export function requestFor(
  state: RunState,
  fixed: { readonly tools: readonly ToolDefinition[]; readonly maxTokens: number },
  messages: readonly Message[] = state.messages,
): ModelRequest {
  return { system: state.context?.system ?? '', messages, ...fixed };
}
