/** Of a limit, what a replica that asks for nothing keeps, so that its next call can begin at once. */
const floorOfLimit = 0.02;

/**
 * Divides a rate among replicas by what each asks for, max-min fair: nobody gets more by asking more while somebody who asks
 * for less goes without. Who asks for nothing keeps a small floor; what nobody asks for goes to those who ask, in equal parts.
 * The shares are in the order of the demands, and their sum is never above the limit.
 */
export function divideRate(limit: number, demands: readonly number[]): readonly number[] {
  const floor = Math.min(limit / demands.length, limit * floorOfLimit);
  const claims = demands.map((demand) => Math.max(demand, floor));
  const level = waterLevel(limit, claims);
  const shares = claims.map((claim) => Math.min(claim, level));
  const left = Math.max(0, limit - sum(shares));
  const asking = demands.filter((demand) => demand > 0).length;
  return shares.map((share, index) => {
    if (asking === 0) return share + left / demands.length;
    return (demands[index] ?? 0) > 0 ? share + left / asking : share;
  });
}

/** How high everybody can be served alike; without bound where all claims fit. */
function waterLevel(limit: number, claims: readonly number[]): number {
  let left = limit;
  const ascending = [...claims].sort((one, other) => one - other);
  for (const [index, claim] of ascending.entries()) {
    const equal = left / (ascending.length - index);
    if (claim >= equal) return equal;
    left -= claim;
  }
  return Number.POSITIVE_INFINITY;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
