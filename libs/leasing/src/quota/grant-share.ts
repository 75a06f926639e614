import { divideRate } from './divide-rate.ts';
import { rateOf, type Rate, type RateKind } from './rate.ts';

/** What another replica asked for, and what of it is still its own. */
export interface LiveShare {
  readonly demand: Rate;
  readonly share: Rate;
}

/**
 * The share that a replica is granted beside the live shares of all others: its fair part, and never more than they leave, so
 * that the sum of live shares stays within the limit. Who comes last gets the rest until the others renew with less.
 */
export function grantShare(limits: Rate, demand: Rate, others: readonly LiveShare[]): Rate {
  return rateOf((kind) => {
    const limit = limits[kind];
    return limit === undefined ? undefined : grantOf(kind, limit, { demand, others });
  });
}

function grantOf(
  kind: RateKind,
  limit: number,
  { demand, others }: { readonly demand: Rate; readonly others: readonly LiveShare[] },
): number {
  const [fair = 0] = divideRate(limit, [
    demand[kind] ?? 0,
    ...others.map((other) => other.demand[kind] ?? 0),
  ]);
  const taken = others.reduce((total, { share }) => total + (share[kind] ?? 0), 0);
  return Math.max(0, Math.min(fair, limit - taken));
}
