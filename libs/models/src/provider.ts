import { z } from 'zod';
import { familySchema } from './capability.ts';
import { acpProviderSchema, execProviderSchema } from './external-agent.ts';
import { rateLimitsSchema } from './rate/rate.ts';
import { effortSchema } from './request.ts';

const tokenCount = z.int().positive().optional();

/** A URL holds no password: it is shown, logged and written to files. */
const endpoint = z.url().refine((url) => !URL.canParse(url) || isPlain(new URL(url)), {
  error: 'names no user and no password; a key is named by apiKeyEnv',
});

/** What the account may have, where its headers do not tell it: all models and all replicas together share it. */
const rateLimits = rateLimitsSchema.optional();

/** What a provider says of all its models; an entry under `capabilities` says it of one. */
const ofAllModels = {
  contextTokens: tokenCount,
  maxOutputTokens: tokenCount,
  family: familySchema.optional(),
};

/** The Messages API of Anthropic or of a server that speaks it. The key is named, never written down. */
export const anthropicProviderSchema = z.strictObject({
  kind: z.literal('anthropic'),
  apiKeyEnv: z.string().min(1).default('ANTHROPIC_API_KEY'),
  /** Where absent: `ANTHROPIC_BASE_URL`, else the public API. */
  baseUrl: endpoint.optional(),
  /** How long the provider keeps a prompt that is not used; an hour costs more to write. */
  cacheTtl: z.enum(['5m', '1h']).default('5m'),
  rate: rateLimits,
  ...ofAllModels,
});

/** A server that speaks OpenAI's Chat Completions: OpenAI, vLLM, Ollama, llama.cpp, gateways. */
export const openAiCompatibleProviderSchema = z.strictObject({
  kind: z.literal('openai-compatible'),
  /** With the version: `http://127.0.0.1:11434/v1`. */
  baseUrl: endpoint,
  /** Where absent no key is sent; servers on one's own machine need none. */
  apiKeyEnv: z.string().min(1).optional(),
  /** What the server calls the most tokens of a reply; OpenAI's reasoning models know only the newer name. */
  maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']).default('max_tokens'),
  /** The field in which the server wants a model's reasoning back; where absent it is not sent back. */
  reasoningField: z.enum(['reasoning_content', 'reasoning']).optional(),
  /** Fields that one server wants besides, put into every request as they stand; never a secret. */
  extraBody: z.record(z.string(), z.unknown()).optional(),
  rate: rateLimits,
  ...ofAllModels,
});

/** A script of replies; a relative path counts from the folder of the configuration. */
export const scriptedProviderSchema = z.strictObject({
  kind: z.literal('scripted'),
  script: z.string().min(1),
});

/** What the system's own tools and prompts say differently every time: how long a command took, and commits. */
const differsAlways = ['\\b\\d+ ms\\b', '\\b[0-9a-f]{12,40}\\b'];

/** Replies of real sessions, played back; a relative path counts from the folder of the configuration. */
export const recordedProviderSchema = z.strictObject({
  kind: z.literal('recorded'),
  recording: z.string().min(1),
  /** The provider that is asked, and recorded, where the recording has no reply; absent: play back only. */
  record: z.string().min(1).optional(),
  /** Expressions for text that differs from session to session and is not compared. */
  mask: z.array(z.string().min(1).refine(isExpression, 'is no regular expression')).default(differsAlways),
  ...ofAllModels,
});

const kinds = ['anthropic', 'openai-compatible', 'scripted', 'recorded', 'acp', 'exec'];

export const providerSchema = z.discriminatedUnion(
  'kind',
  [
    anthropicProviderSchema,
    openAiCompatibleProviderSchema,
    scriptedProviderSchema,
    recordedProviderSchema,
    acpProviderSchema,
    execProviderSchema,
  ],
  {
    error: (issue) => {
      const kind = (issue.input as { kind?: unknown } | undefined)?.kind;
      const known = `supported are ${kinds.join(', ')}`;
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
export type ProviderKind = Provider['kind'];
export type ProviderOf<Kind extends ProviderKind> = Extract<Provider, { kind: Kind }>;
export type Providers = Readonly<Record<string, Provider>>;
export type ModelChoice = Readonly<z.infer<typeof modelChoiceSchema>>;

function isExpression(source: string): boolean {
  try {
    new RegExp(source, 'gu');
    return true;
  } catch {
    return false;
  }
}

function isPlain({ username, password }: URL): boolean {
  return username === '' && password === '';
}
