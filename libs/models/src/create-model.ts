import { resolve } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { Model } from './model.ts';
import { didYouMean } from './nearest.ts';
import { free, type Price, type Prices } from './price.ts';
import type { ModelChoice, Provider, Providers } from './provider.ts';

/** What the choice of a model is resolved against. */
export interface ModelSources {
  readonly providers: Providers;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative script paths count from. */
  readonly directory: string;
}

/**
 * Makes the model that a role is configured to use.
 * Refused as `CONFIG` when the provider is unknown or its script is wrong; a `ModelError('auth')` when its key is missing.
 */
export async function createModel(choice: ModelChoice, sources: ModelSources): Promise<Model> {
  const { provider, model } = resolveChoice(choice.use, sources.providers);
  if (provider.kind === 'scripted') {
    const { loadScript, ScriptedModel } = await import('./scripted/index.ts');
    return new ScriptedModel(choice.use, await loadScript(resolve(sources.directory, provider.script)));
  }
  const { createAnthropicModel } = await import('./anthropic/index.ts');
  return createAnthropicModel({ id: choice.use, model, effort: choice.effort, provider, env: sources.env });
}

/** The price of a model: nothing when it is scripted, undefined when it is unpriced. */
export function priceOf(use: string, providers: Providers, prices: Prices): Price | undefined {
  return resolveChoice(use, providers).provider.kind === 'scripted' ? free : prices[use];
}

/** Whether a model's replies are scripted, so that screens can say so. */
export function isScripted(use: string, providers: Providers): boolean {
  return resolveChoice(use, providers).provider.kind === 'scripted';
}

function resolveChoice(use: string, providers: Providers): { provider: Provider; model: string } {
  const slash = use.indexOf('/');
  const name = slash === -1 ? use : use.slice(0, slash);
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (provider && slash !== -1 && slash < use.length - 1) return { provider, model: use.slice(slash + 1) };
  const what = provider
    ? `A model is named provider/model, but "${use}" names no model.`
    : `Unknown model provider "${name}" in "${use}"${didYouMean(name, Object.keys(providers)) || '.'}`;
  throw new DomainError('CONFIG', what, { use, providers: Object.keys(providers) });
}
