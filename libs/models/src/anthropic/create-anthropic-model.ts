import { ModelError } from '../model-error.ts';
import type { Model } from '../model.ts';
import type { Provider } from '../provider.ts';
import type { Effort } from '../request.ts';
import { AnthropicModel } from './anthropic-model.ts';

export interface AnthropicModelChoice {
  readonly id: string;
  readonly model: string;
  readonly effort?: Effort | undefined;
  readonly provider: Extract<Provider, { kind: 'anthropic' }>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Makes a model from its configuration; the key is read from the environment it is given and kept out of every message. */
export function createAnthropicModel(choice: AnthropicModelChoice): Model {
  const apiKey = choice.env[choice.provider.apiKeyEnv]?.trim();
  if (!apiKey) {
    throw new ModelError(
      'auth',
      `${choice.provider.apiKeyEnv} is not set; ${choice.id} needs an API key in it.`,
    );
  }
  return new AnthropicModel({
    id: choice.id,
    model: choice.model,
    apiKey,
    baseUrl: choice.provider.baseUrl ?? choice.env['ANTHROPIC_BASE_URL'],
    effort: choice.effort,
    contextTokens: choice.provider.contextTokens,
  });
}
