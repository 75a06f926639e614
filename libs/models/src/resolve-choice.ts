import { DomainError } from '@missions/kernel';
import type { ExternalAgentProvider } from './external-agent.ts';
import { didYouMean } from './nearest.ts';
import type { Provider, Providers } from './provider.ts';

/** A provider of models, as opposed to one that runs whole runs. */
export type ModelProvider = Exclude<Provider, ExternalAgentProvider>;

/** Splits `provider/model`; refused as `CONFIG` when there is no such provider or no model is named. */
export function resolveChoice(
  use: string,
  providers: Providers,
): { readonly name: string; readonly provider: Provider; readonly model: string } {
  const slash = use.indexOf('/');
  const name = slash === -1 ? use : use.slice(0, slash);
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (provider && slash !== -1 && slash < use.length - 1)
    return { name, provider, model: use.slice(slash + 1) };
  const what = provider
    ? `A model is named provider/model, but "${use}" names no model.`
    : `Unknown model provider "${name}" in "${use}"${didYouMean(name, Object.keys(providers)) || '.'}`;
  throw new DomainError('CONFIG', what, { use, providers: Object.keys(providers) });
}

/** The external agent that a choice names; undefined when it names a model. Refused as `CONFIG` when it names nothing. */
export function externalAgentOf(use: string, providers: Providers): ExternalAgentProvider | undefined {
  const { provider } = resolveChoice(use, providers);
  return isExternalAgent(provider) ? provider : undefined;
}

export function isExternalAgent(provider: Provider): provider is ExternalAgentProvider {
  return provider.kind === 'acp' || provider.kind === 'exec';
}
