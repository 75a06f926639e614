import type { Capabilities } from './capability.ts';
import type { Providers } from './provider.ts';
import { resolveChoice } from './resolve-choice.ts';

/**
 * The family of a model, since models of one family share their blind spots. What the configuration says of the model,
 * else of its provider; else the first word of the model's own name (`gateway/vendor/qwen3-coder` is `qwen`), and for an
 * agent that runs a whole run the name of its provider, because only its maker knows which model it uses.
 */
export function familyOf(use: string, providers: Providers, capabilities: Capabilities = {}): string {
  const { name, provider, model } = resolveChoice(use, providers);
  const said = Object.hasOwn(capabilities, use) ? capabilities[use]?.family : undefined;
  const saidOfAll = 'family' in provider ? provider.family : undefined;
  const isAgent = provider.kind === 'acp' || provider.kind === 'exec';
  return said ?? saidOfAll ?? firstWord(isAgent ? name : (model.split('/').at(-1) ?? model));
}

function firstWord(name: string): string {
  return /^[a-z]+/u.exec(name.toLowerCase())?.[0] ?? name.toLowerCase();
}
