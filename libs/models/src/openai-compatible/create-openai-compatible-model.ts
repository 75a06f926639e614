import { apiKeyOf } from '../api-key.ts';
import type { ModelParts } from '../model-parts.ts';
import type { Model } from '../model.ts';
import type { ProviderOf } from '../provider.ts';
import { OpenAiCompatibleModel } from './openai-compatible-model.ts';

/** Makes a model from its configuration; the key, where one is named, is kept out of every message. */
export function createOpenAiCompatibleModel(parts: ModelParts<ProviderOf<'openai-compatible'>>): Model {
  const { id, model, provider, traits, gate } = parts;
  const apiKey = provider.apiKeyEnv === undefined ? undefined : apiKeyOf(id, provider.apiKeyEnv, parts.env);
  return new OpenAiCompatibleModel({ ...traits, id, model, provider, apiKey, gate });
}
