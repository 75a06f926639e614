import { DomainError } from '@missions/kernel';
import { ModelError, type Provider, type Providers } from '@missions/models';
import type { ModelEndpoint } from '@missions/workspace';

const anthropicUrl = 'https://api.anthropic.com';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The providers of these names as the egress proxy serves them, each with its key from the environment.
 * Refuses with `CONFIG` when a name is unknown or its kind has no API; a `ModelError('auth')` when its key is missing.
 */
export function modelEndpoints(
  names: readonly string[],
  providers: Providers,
  env: Environment,
): readonly ModelEndpoint[] {
  return names.map((name) => {
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (provider) return endpointOf(name, provider, env);
    throw new DomainError('CONFIG', `No provider is named ${name}.`, { name, known: Object.keys(providers) });
  });
}

function endpointOf(name: string, provider: Provider, env: Environment): ModelEndpoint {
  switch (provider.kind) {
    case 'anthropic': {
      const baseUrl = provider.baseUrl ?? env['ANTHROPIC_BASE_URL'] ?? anthropicUrl;
      const headers = { 'x-api-key': keyIn(env, provider.apiKeyEnv, name) };
      return { name, protocol: 'anthropic', baseUrl, headers };
    }
    case 'openai-compatible': {
      const { baseUrl, apiKeyEnv } = provider;
      const headers =
        apiKeyEnv === undefined ? undefined : { authorization: `Bearer ${keyIn(env, apiKeyEnv, name)}` };
      return { name, protocol: 'openai', baseUrl, headers: headers ?? {} };
    }
    case 'scripted':
    case 'recorded':
    case 'acp':
    case 'exec':
      throw new DomainError('CONFIG', `${name} (${provider.kind}) has no API that a sandbox could call.`, {
        name,
      });
  }
}

function keyIn(env: Environment, variable: string, name: string): string {
  const key = env[variable]?.trim();
  if (key) return key;
  throw new ModelError('auth', `${variable} is not set; the provider ${name} needs an API key in it.`);
}
