import { z } from 'zod';

/** What a provider counts of the calls of an account, each in a minute; `tokensPerMin` counts input and output together. */
export const rateKinds = [
  'requestsPerMin',
  'inputTokensPerMin',
  'outputTokensPerMin',
  'tokensPerMin',
] as const;
export type RateKind = (typeof rateKinds)[number];
/** So much a minute of each kind; of a kind that is missing nothing is said. */
export type Rate = Readonly<Partial<Record<RateKind, number>>>;

const perMinute = z.number().positive().max(1e12).exactOptional();

/** What an account may have at its provider, of all models and replicas together. */
export const rateLimitsSchema = z
  .strictObject({
    requestsPerMin: perMinute,
    inputTokensPerMin: perMinute,
    outputTokensPerMin: perMinute,
    tokensPerMin: perMinute,
  })
  .refine((rate) => Object.keys(rate).length > 0, { error: 'limits at least one kind' });

/** A rate made kind by kind; kinds without a number are left out. */
export function rateOf(perKind: (kind: RateKind) => number | undefined): Rate {
  return Object.fromEntries(
    rateKinds.flatMap((kind) => {
      const value = perKind(kind);
      return value === undefined ? [] : [[kind, value]];
    }),
  );
}

/** The sum of rates, kind by kind. */
export function sumOfRates(rates: readonly Rate[]): Rate {
  return rateOf((kind) => {
    const values = rates.map((rate) => rate[kind]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  });
}

/** The lower of two limits, kind by kind; where one says nothing, the other counts. */
export function lowerRate(one: Rate, other: Rate): Rate {
  return rateOf((kind) => {
    const values = [one[kind], other[kind]].filter((value) => value !== undefined);
    return values.length === 0 ? undefined : Math.min(...values);
  });
}

export function isLimited(rate: Rate): boolean {
  return rateKinds.some((kind) => rate[kind] !== undefined);
}
