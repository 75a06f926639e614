import { z } from 'zod';
import { messageSchema } from './content.ts';

/** A tool as the model sees it; `inputSchema` is a JSON Schema of an object. */
export const toolDefinitionSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  inputSchema: z.record(z.string(), z.unknown()),
});

export const effortSchema = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);

export const modelRequestSchema = z.strictObject({
  system: z.string(),
  messages: z.array(messageSchema).min(1),
  tools: z.array(toolDefinitionSchema),
  /** The most tokens the reply may have. */
  maxTokens: z.int().positive(),
  effort: effortSchema.optional(),
});

export type ToolDefinition = Readonly<z.infer<typeof toolDefinitionSchema>>;
export type Effort = z.infer<typeof effortSchema>;

/** One call of a model: everything it may know, and nothing that outlives the call. */
export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly z.infer<typeof messageSchema>[];
  readonly tools: readonly ToolDefinition[];
  readonly maxTokens: number;
  readonly effort?: Effort | undefined;
}
