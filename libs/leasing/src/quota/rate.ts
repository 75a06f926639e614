import { z } from 'zod';

/** What a provider counts of the calls of an account, each in a minute; `tokensPerMin` counts input and output together. */
export const rateKinds = [
  'requestsPerMin',
  'inputTokensPerMin',
  'outputTokensPerMin',
  'tokensPerMin',
] as const;
export type RateKind = (typeof rateKinds)[number];

const perMinute = z.number().nonnegative();

/** So much a minute of each kind; of a kind that is missing nothing is said. */
export const rateSchema = z.strictObject({
  requestsPerMin: perMinute.exactOptional(),
  inputTokensPerMin: perMinute.exactOptional(),
  outputTokensPerMin: perMinute.exactOptional(),
  tokensPerMin: perMinute.exactOptional(),
});
export type Rate = Readonly<z.infer<typeof rateSchema>>;

/** The lower of two limits, kind by kind; where one says nothing, the other counts. */
export function lowerRate(one: Rate, other: Rate): Rate {
  return rateOf((kind) => {
    const values = [one[kind], other[kind]].filter((value) => value !== undefined);
    return values.length === 0 ? undefined : Math.min(...values);
  });
}

/** A rate made kind by kind; kinds without a number are left out. */
export function rateOf(perKind: (kind: RateKind) => number | undefined): Rate {
  return Object.fromEntries(
    rateKinds.flatMap((kind) => {
      const value = perKind(kind);
      return value === undefined ? [] : [[kind, value]];
    }),
  );
}
