import { createHash } from 'node:crypto';
import type { Provider } from '../provider.ts';
import type { Rate } from './rate.ts';

/** Whose rate a model's calls use. */
export interface QuotaAccount {
  /** Provider and digest of what names its key; the same on every host with the same configuration. Holds no secret. */
  readonly id: string;
  readonly provider: string;
  /** What the configuration says that it may have. */
  readonly configured: Rate;
}

interface Chosen {
  readonly name: string;
  readonly provider: Provider;
  readonly model: string;
}

/**
 * The account that a model is called with; undefined for providers that nobody calls. Where `rate` is configured, it is of
 * all models of the provider together; what providers tell by themselves they tell model by model, and so it is shared.
 */
export function quotaAccountOf(
  { name, provider, model }: Chosen,
  env: Readonly<Record<string, string | undefined>>,
): QuotaAccount | undefined {
  if (provider.kind !== 'anthropic' && provider.kind !== 'openai-compatible') return undefined;
  const { kind, apiKeyEnv, rate } = provider;
  const url = provider.baseUrl ?? (kind === 'anthropic' ? env['ANTHROPIC_BASE_URL'] : undefined);
  const reference = JSON.stringify([kind, url ?? '', apiKeyEnv ?? '']);
  const digest = createHash('sha256').update(reference).digest('hex').slice(0, 16);
  const id = `${name}:${digest}`;
  return { id: rate === undefined ? `${id}/${model}` : id, provider: name, configured: rate ?? {} };
}
