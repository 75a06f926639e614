import { z } from 'zod';
import type { Usage } from './reply.ts';

const usdPerMillionTokens = z.number().nonnegative();

/** Prices of one model in USD per million tokens; cache prices default to the price of input. */
export const priceSchema = z.strictObject({
  input: usdPerMillionTokens,
  output: usdPerMillionTokens,
  cacheRead: usdPerMillionTokens.optional(),
  cacheWrite: usdPerMillionTokens.optional(),
});

/** Prices by model id (`provider/model`); a model that is missing here is unpriced, never guessed. */
export const pricesSchema = z.record(z.string(), priceSchema);

export type Price = Readonly<z.infer<typeof priceSchema>>;
export type Prices = Readonly<z.infer<typeof pricesSchema>>;
export type Cost = { readonly usd: number } | 'unpriced';

export const free: Price = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

const MILLION = 1_000_000;

/** What a call cost; rounded to a billionth of a dollar so that sums stay exact enough to compare. */
export function costOf(usage: Usage, price: Price | undefined): Cost {
  if (price === undefined) return 'unpriced';
  const usd =
    usage.input * price.input +
    usage.output * price.output +
    usage.cacheRead * (price.cacheRead ?? price.input) +
    usage.cacheWrite * (price.cacheWrite ?? price.input);
  return { usd: roundUsd(usd / MILLION) };
}

/** The most a call may cost: all input at its dearest price, and every token of the reply used. */
export function worstCaseOf(
  tokens: { readonly input: number; readonly output: number },
  price: Price | undefined,
): Cost {
  if (price === undefined) return 'unpriced';
  const inputPrice = Math.max(price.input, price.cacheRead ?? 0, price.cacheWrite ?? 0);
  return { usd: roundUsd((tokens.input * inputPrice + tokens.output * price.output) / MILLION) };
}

function roundUsd(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}
