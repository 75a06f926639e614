import { z } from 'zod';

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/u, 'names an environment variable, it never holds the secret itself');

/** Anthropic's Messages API; without `baseUrl` the variable ANTHROPIC_BASE_URL counts, then the public endpoint. */
export const anthropicProviderSchema = z.strictObject({
  kind: z.literal('anthropic'),
  apiKeyEnv: environmentName.default('ANTHROPIC_API_KEY'),
  baseUrl: z.url().optional(),
});

/** Replies from a script, for demos and tests; a relative path starts at the file that names it. */
export const scriptedProviderSchema = z.strictObject({
  kind: z.literal('scripted'),
  script: z.string().min(1),
});

export const providerConfigSchema = z.discriminatedUnion('kind', [
  anthropicProviderSchema,
  scriptedProviderSchema,
]);
export type ProviderConfig = z.infer<typeof providerConfigSchema>;
