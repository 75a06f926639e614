import fc from 'fast-check';
import { RateBuckets } from './rate-buckets.ts';

const limit = 240;
const call = { requestsPerMin: 1 };
const fewest = 6;

/** Shares that are together within the limit; each lets at least one call through in its burst, or none at all. */
const sharesOf = fc.array(fc.nat(100), { minLength: 3, maxLength: 3 }).map((weights) => {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = weights.map((weight) => (sum === 0 ? 0 : (weight / sum) * limit));
  return shares.map((share) => (share < fewest ? 0 : share));
});
const stepOf = fc.record({ shares: sharesOf, lastsMs: fc.integer({ min: 1, max: 20_000 }) });

describe('buckets that a rate is divided among', () => {
  it('let no more through in any minute than the rate, however the shares move while all is used at once', () => {
    fc.assert(
      fc.property(fc.array(stepOf, { minLength: 1, maxLength: 20 }), (steps) => {
        const replicas = [0, 1, 2].map(() => new RateBuckets(0));
        const madeAtMs: number[] = [];
        let now = 0;
        for (const { shares, lastsMs } of steps) {
          for (const [index, buckets] of replicas.entries())
            buckets.setShare({ requestsPerMin: shares[index] ?? 0 }, now, index === 0 ? 'full' : 'empty');
          const endMs = now + lastsMs;
          for (; now < endMs; now += 250)
            for (const buckets of replicas)
              while (buckets.waitMs(call, now) === 0) {
                buckets.take(call);
                madeAtMs.push(now);
              }
        }
        expect(mostInAMinute(madeAtMs)).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 60 },
    );
  });

  it('makes up after a call that is larger than it for what that took too much', () => {
    const buckets = new RateBuckets(0);
    buckets.setShare({ tokensPerMin: 6000 }, 0, 'full');
    const large = { tokensPerMin: 3000 };
    expect(buckets.waitMs(large, 0)).toBe(0);
    buckets.take(large);
    expect(buckets.waitMs(large, 0)).toBeCloseTo(36_000, 3);
    expect(buckets.waitMs({ tokensPerMin: 10 }, 24_000)).toBeCloseTo(120, 3);
  });

  it('lets nothing through that has no part in the rate, and all that costs nothing', () => {
    const buckets = new RateBuckets(0);
    buckets.setShare({ requestsPerMin: 0, tokensPerMin: 60 }, 0, 'full');
    expect(buckets.waitMs(call, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(buckets.waitMs({ tokensPerMin: 1 }, 0)).toBe(0);
    expect(buckets.waitMs({}, 0)).toBe(0);
  });
});

function mostInAMinute(madeAtMs: readonly number[]): number {
  let from = 0;
  return madeAtMs.reduce((most, at, index) => {
    while ((madeAtMs[from] ?? at) <= at - 60_000) from += 1;
    return Math.max(most, index - from + 1);
  }, 0);
}
