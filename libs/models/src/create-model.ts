import { resolve } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { Model } from './model.ts';
import { free, type Price, type Prices } from './price.ts';
import type { ModelChoice, Providers } from './provider.ts';
import { isExternalAgent, resolveChoice } from './resolve-choice.ts';

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
  if (isExternalAgent(provider)) {
    throw new DomainError(
      'CONFIG',
      `"${choice.use}" is no model: a provider of kind ${provider.kind} runs a whole run, and only the role worker can use one.`,
      { use: choice.use, kind: provider.kind },
    );
  }
  if (provider.kind === 'openai-compatible' || provider.kind === 'recorded') {
    throw new DomainError('CONFIG', `Provider kind not yet supported in this version: ${provider.kind}.`, {
      use: choice.use,
    });
  }
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
