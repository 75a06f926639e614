import { z } from 'zod';

export const textBlockSchema = z.strictObject({ type: z.literal('text'), text: z.string() });

/**
 * One call of a tool. `malformed` holds the raw input of a call that could not be read
 * (broken JSON, cut at the token limit, a repeated id); such a call is answered, never executed.
 */
export const toolUseBlockSchema = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  malformed: z.string().optional(),
});

/** Reasoning. The signature lets the provider check that it comes back unchanged; `data` is reasoning it keeps encrypted. */
export const thinkingBlockSchema = z.strictObject({
  type: z.literal('thinking'),
  text: z.string(),
  signature: z.string().optional(),
  data: z.string().optional(),
});

export const toolResultBlockSchema = z.strictObject({
  type: z.literal('tool_result'),
  callId: z.string().min(1),
  content: z.string(),
  isError: z.boolean(),
});

export const contentBlockSchema = z.discriminatedUnion('type', [
  textBlockSchema,
  toolUseBlockSchema,
  thinkingBlockSchema,
]);

export const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('user'),
    content: z.array(z.discriminatedUnion('type', [textBlockSchema, toolResultBlockSchema])),
  }),
  z.strictObject({ role: z.literal('assistant'), content: z.array(contentBlockSchema) }),
]);

export type TextBlock = z.infer<typeof textBlockSchema>;
export type ToolUseBlock = z.infer<typeof toolUseBlockSchema>;
export type ThinkingBlock = z.infer<typeof thinkingBlockSchema>;
export type ToolResultBlock = z.infer<typeof toolResultBlockSchema>;
/** What a model produces. */
export type ContentBlock = z.infer<typeof contentBlockSchema>;
/** One entry of the conversation; a user message carries text and the results of the calls before it. */
export type Message = z.infer<typeof messageSchema>;
export type UserMessage = Extract<Message, { role: 'user' }>;
