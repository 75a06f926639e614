import type { Claim } from './claim.ts';
import type { Ledger } from './ledger.ts';

/** A resource of which there are several alike. */
export interface Pool {
  readonly resource: string;
  readonly capacity: number;
}

/** How many units of a pool the claim wants; 0 of one it does not want. */
export function unitsOf({ resources }: Pick<Claim, 'resources'>, pool: string): number {
  return resources.find(({ resource }) => resource === pool)?.units ?? 0;
}

/** Pools of which the claim wants units. */
export function poolsOf({ resources }: Pick<Claim, 'resources'>): readonly string[] {
  return resources.filter(({ units }) => units !== undefined).map(({ resource }) => resource);
}

/** Units that are taken, by holders and by what is closed after an expiry. */
export function usedUnits(pool: string, ledger: Ledger, at: string): number {
  const held = [...ledger.held.values()].reduce((sum, holder) => sum + unitsOf(holder, pool), 0);
  const closed = ledger.closures
    .filter(({ resource, until }) => resource === pool && until > at)
    .reduce((sum, { units }) => sum + (units ?? 0), 0);
  return held + closed;
}

/** Whether the claim wants more of a pool than is free now. */
export function lacksUnits(claim: Claim, pool: string, ledger: Ledger, at: string): boolean {
  return usedUnits(pool, ledger, at) + unitsOf(claim, pool) > (ledger.pools.get(pool) ?? 0);
}
