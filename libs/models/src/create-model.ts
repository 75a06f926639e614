import { resolve } from 'node:path';
import { createRedactor, DomainError, type Redactor } from '@missions/kernel';
import type { Capabilities } from './capability.ts';
import { ownKeyVariable } from './key-variables.ts';
import type { ModelTraits } from './model-parts.ts';
import type { Model } from './model.ts';
import type { CallGate } from './rate/call-gate.ts';
import { quotaAccountOf, type QuotaAccount } from './rate/quota-account.ts';
import { free, type Price, type Prices } from './price.ts';
import type { ModelChoice, Provider, ProviderOf, Providers } from './provider.ts';
import { resolveChoice } from './resolve-choice.ts';

/** What the choice of a model is resolved against. */
export interface ModelSources {
  readonly providers: Providers;
  /** What single models can do, by `provider/model`. */
  readonly capabilities?: Capabilities | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths of scripts and recordings count from. */
  readonly directory: string;
  /** Takes secrets out of what is recorded; where absent, the providers' keys and everything shaped like a key. */
  readonly redactor?: Redactor | undefined;
  /** Where the calls with an account wait for their turn; the same gate for the same account. Where absent, nobody waits. */
  readonly gateFor?: ((account: QuotaAccount) => CallGate) | undefined;
}

/**
 * Makes the model that a role is configured to use.
 * Refused as `CONFIG` when the provider is unknown, is no model, or its file is wrong; a `ModelError('auth')` when its key is missing.
 */
export async function createModel(choice: ModelChoice, sources: ModelSources): Promise<Model> {
  const { name, provider, model } = resolveChoice(choice.use, sources.providers);
  const traits = traitsOf(choice, provider, sources.capabilities);
  const account = quotaAccountOf({ name, provider, model }, sources.env);
  const gate = account && sources.gateFor?.(account);
  const parts = { id: choice.use, model, traits, env: sources.env, gate };
  switch (provider.kind) {
    case 'scripted': {
      const { loadScript, ScriptedModel } = await import('./scripted/index.ts');
      return new ScriptedModel(choice.use, await loadScript(resolve(sources.directory, provider.script)));
    }
    case 'anthropic': {
      const { createAnthropicModel } = await import('./anthropic/index.ts');
      return createAnthropicModel({ ...parts, provider });
    }
    case 'openai-compatible': {
      const { createOpenAiCompatibleModel } = await import('./openai-compatible/index.ts');
      return createOpenAiCompatibleModel({ ...parts, provider });
    }
    case 'recorded': {
      const { createRecordedModel } = await import('./recorded/index.ts');
      const source = await sourceOf(choice, { provider, model }, sources);
      const redactor = sources.redactor ?? redactorOf(sources);
      return await createRecordedModel({
        ...parts,
        provider,
        source,
        redactor,
        directory: sources.directory,
      });
    }
    case 'acp':
    case 'exec':
      throw new DomainError(
        'CONFIG',
        `"${choice.use}" is no model: a provider of kind ${provider.kind} runs a whole run, and only the role worker can use one.`,
        { use: choice.use, kind: provider.kind },
      );
  }
}

/** The model that a recording is made from; undefined when it is only played back. */
async function sourceOf(
  choice: ModelChoice,
  { provider, model }: { readonly provider: ProviderOf<'recorded'>; readonly model: string },
  sources: ModelSources,
): Promise<Model | undefined> {
  if (provider.record === undefined) return undefined;
  const use = `${provider.record}/${model}`;
  if (resolveChoice(use, sources.providers).provider.kind === 'recorded')
    throw new DomainError('CONFIG', `"${choice.use}" cannot be recorded from a recording.`, { use });
  return await createModel({ ...choice, use }, sources);
}

function redactorOf({ providers, env }: ModelSources): Redactor {
  const variables = Object.values(providers).flatMap((provider) => ownKeyVariable(provider) ?? []);
  return createRedactor({
    secrets: variables.map((name) => ({ name, value: env[name]?.trim() ?? '' })),
  });
}

/** What the configuration says of a model: its own entry, else its provider's word for all of them. */
function traitsOf(choice: ModelChoice, provider: Provider, capabilities: Capabilities = {}): ModelTraits {
  const own = Object.hasOwn(capabilities, choice.use) ? capabilities[choice.use] : undefined;
  const all = 'contextTokens' in provider || 'maxOutputTokens' in provider ? provider : undefined;
  return {
    effort: choice.effort,
    thinking: own?.thinking,
    contextTokens: own?.contextTokens ?? all?.contextTokens,
    maxOutputTokens: own?.maxOutputTokens ?? all?.maxOutputTokens,
  };
}

/** The price of a model: nothing when nobody is asked, undefined when it is unpriced. */
export function priceOf(use: string, providers: Providers, prices: Prices): Price | undefined {
  const { provider, model } = resolveChoice(use, providers);
  if (provider.kind === 'scripted') return free;
  if (provider.kind !== 'recorded') return prices[use];
  return provider.record === undefined ? free : (prices[use] ?? prices[`${provider.record}/${model}`]);
}

/** Whether a model's replies are scripted, so that screens can say so. */
export function isScripted(use: string, providers: Providers): boolean {
  return resolveChoice(use, providers).provider.kind === 'scripted';
}
