import type { Provider, Providers } from './provider.ts';
import { isExternalAgent } from './resolve-choice.ts';

/** Names of the environment variables whose keys a provider needs, its own or those of the providers it reaches. */
export function keyVariablesOf(name: string, providers: Providers): readonly string[] {
  const provider = providerNamed(name, providers);
  if (provider === undefined) return [];
  const own = ownKeyVariable(provider);
  const reached = reachedFrom(provider).flatMap((other) => {
    const one = providerNamed(other, providers);
    return one === undefined ? [] : [ownKeyVariable(one)];
  });
  return [...new Set([own, ...reached].filter((variable) => variable !== undefined))];
}

/** The name of the variable that holds a provider's own key; undefined when it has none. */
export function ownKeyVariable(provider: Provider): string | undefined {
  return 'apiKeyEnv' in provider ? provider.apiKeyEnv : undefined;
}

/** Names of the providers of models that a provider asks on its part. */
export function reachedFrom(provider: Provider): readonly string[] {
  if (isExternalAgent(provider)) return provider.models;
  return provider.kind === 'recorded' && provider.record !== undefined ? [provider.record] : [];
}

function providerNamed(name: string, providers: Providers): Provider | undefined {
  return Object.hasOwn(providers, name) ? providers[name] : undefined;
}
