import { rateOf, type Rate, type RateKind } from './rate.ts';

/** What a provider tells of an account with an answer. */
export interface ToldRate {
  readonly limits: Rate;
  /** What may still be used right now. */
  readonly remaining: Rate;
}

/** A limit that is full again only after longer than this is none of a minute, but of a day. */
const longestResetMs = 65_000;

/** Kinds by what the headers of the Messages API and of OpenAI and its like call them. */
const spellings: readonly (readonly [RateKind, (part: Part) => string])[] = [
  ['requestsPerMin', (part) => `anthropic-ratelimit-requests-${part}`],
  ['inputTokensPerMin', (part) => `anthropic-ratelimit-input-tokens-${part}`],
  ['outputTokensPerMin', (part) => `anthropic-ratelimit-output-tokens-${part}`],
  ['requestsPerMin', (part) => `x-ratelimit-${part}-requests`],
  ['tokensPerMin', (part) => `x-ratelimit-${part}-tokens`],
];

type Part = 'limit' | 'remaining' | 'reset';

/** Reads the rate from the headers of an answer. What is no positive number is not said: some servers send -1 for "none". */
export function rateHeaders(headers: Headers): ToldRate {
  const told = spellings.filter(([, name]) => isOfAMinute(headers, name));
  const read = (part: Part): Rate =>
    rateOf((kind) => {
      const found = told.find(([known]) => known === kind);
      return found && numberIn(headers, found[1](part));
    });
  return { limits: read('limit'), remaining: read('remaining') };
}

function isOfAMinute(headers: Headers, name: (part: Part) => string): boolean {
  const limit = numberIn(headers, name('limit'));
  if (limit === undefined || limit === 0) return false;
  const resetMs = resetIn(headers, name('reset'));
  return resetMs === undefined || resetMs <= longestResetMs;
}

function numberIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name);
  const number = value === null || value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** In how many milliseconds; an instant is compared with the provider's own clock, since ours may be off by hours. */
function resetIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name);
  if (value === null) return undefined;
  const duration = durationMs(value);
  if (duration !== undefined) return duration;
  const at = Date.parse(value);
  const saidAt = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(at) || Number.isNaN(saidAt) ? undefined : Math.max(0, at - saidAt);
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `12ms`, `1.5s`, `6m0s`, `1h2m3s`, or seconds without a unit. */
function durationMs(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/u.test(trimmed)) return Number(trimmed) * 1000;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/u.test(trimmed)) return undefined;
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/gu)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0);
}
