import { z } from 'zod';
import { effortSchema } from './request.ts';

/** Models of one family share their maker's habits and blind spots: `claude`, `gpt`, `qwen`. */
export const familySchema = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/u, 'a family is one lower-case word');

/** How a model of the Messages API is told to think; what happens without a word differs from model to model. */
export const thinkingSchema = z.union([
  z.enum(['adaptive', 'disabled']),
  z.strictObject({ budgetTokens: z.int().min(1024) }),
]);

/** What one model can do, where its provider does not already say it. */
export const capabilitySchema = z.strictObject({
  /** Size of the context window. */
  contextTokens: z.int().positive().optional(),
  /** The most tokens of one reply; more is never asked for. */
  maxOutputTokens: z.int().positive().optional(),
  /** The efforts it takes; an empty list says that it takes none. Absent: any, and the provider decides. */
  efforts: z.array(effortSchema).optional(),
  thinking: thinkingSchema.optional(),
  family: familySchema.optional(),
});

/** What models can do, by `provider/model`, so that a new model is a line of configuration. */
export const capabilitiesSchema = z.record(z.string(), capabilitySchema);

export type Thinking = z.infer<typeof thinkingSchema>;
export type Capability = Readonly<z.infer<typeof capabilitySchema>>;
export type Capabilities = Readonly<Record<string, Capability>>;
