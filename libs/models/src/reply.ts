import { z } from 'zod';
import { contentBlockSchema } from './content.ts';

/** Why a reply ended; every reason has an outcome in the agent loop. */
export const stopReasonSchema = z.enum([
  'end_turn',
  'tool_use',
  'max_tokens',
  'stop_sequence',
  'pause_turn',
  'refusal',
  'context_overflow',
]);

/** Tokens of one call. `input` excludes what was read from or written to the provider's prompt cache. */
export const usageSchema = z.strictObject({
  input: z.int().nonnegative(),
  output: z.int().nonnegative(),
  cacheRead: z.int().nonnegative(),
  cacheWrite: z.int().nonnegative(),
});

export const modelReplySchema = z.strictObject({
  content: z.array(contentBlockSchema),
  stopReason: stopReasonSchema,
  usage: usageSchema,
});

export type StopReason = z.infer<typeof stopReasonSchema>;
export type Usage = z.infer<typeof usageSchema>;
/** A complete reply; a reply that was cut in transit is never returned. */
export type ModelReply = z.infer<typeof modelReplySchema>;

export const noUsage: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
  };
}
