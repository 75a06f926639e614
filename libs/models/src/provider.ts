import { z } from 'zod';
import { effortSchema } from './request.ts';

const contextTokens = z.int().positive().optional();

/** The Messages API of Anthropic or of a server that speaks it. The key is named, never written down. */
export const anthropicProviderSchema = z.strictObject({
  kind: z.literal('anthropic'),
  apiKeyEnv: z.string().min(1).default('ANTHROPIC_API_KEY'),
  /** Where absent: `ANTHROPIC_BASE_URL`, else the public API. */
  baseUrl: z.url().optional(),
  contextTokens,
});

/** A script of replies; a relative path counts from the folder of the configuration. */
export const scriptedProviderSchema = z.strictObject({
  kind: z.literal('scripted'),
  script: z.string().min(1),
});

const supportedKinds = ['anthropic', 'scripted'];

export const providerSchema = z.discriminatedUnion(
  'kind',
  [anthropicProviderSchema, scriptedProviderSchema],
  {
    error: (issue) => {
      const kind = (issue.input as { kind?: unknown } | undefined)?.kind;
      const known = `supported are ${supportedKinds.join(', ')}`;
      return kind === undefined
        ? `A provider needs a kind; ${known}.`
        : `Provider kind not yet supported in this version: ${JSON.stringify(kind)}; ${known}.`;
    },
  },
);

/** Providers by the name that model ids begin with. */
export const providersSchema = z.record(z.string().regex(/^[^/\s]+$/), providerSchema);

/** The model of one role: `provider/model` and how hard it should think. */
export const modelChoiceSchema = z.strictObject({
  use: z.string().regex(/^[^/\s]+\/\S+$/, 'A model is named provider/model.'),
  effort: effortSchema.optional(),
});

export type Provider = z.infer<typeof providerSchema>;
export type Providers = Readonly<Record<string, Provider>>;
export type ModelChoice = Readonly<z.infer<typeof modelChoiceSchema>>;
