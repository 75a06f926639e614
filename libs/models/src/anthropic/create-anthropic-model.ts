import { apiKeyOf } from '../api-key.ts';
import type { ModelParts } from '../model-parts.ts';
import type { Model } from '../model.ts';
import type { ProviderOf } from '../provider.ts';
import { AnthropicModel } from './anthropic-model.ts';

/** Makes a model from its configuration; the key is read from the environment it is given and kept out of every message. */
export function createAnthropicModel(parts: ModelParts<ProviderOf<'anthropic'>>): Model {
  const { id, model, provider, traits, env, gate } = parts;
  return new AnthropicModel({
    ...traits,
    id,
    model,
    apiKey: apiKeyOf(id, provider.apiKeyEnv, env),
    cacheTtl: provider.cacheTtl,
    baseUrl: provider.baseUrl ?? env['ANTHROPIC_BASE_URL'],
    gate,
  });
}
