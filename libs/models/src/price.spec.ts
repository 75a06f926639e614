import fc from 'fast-check';
import { costOf, worstCaseOf } from './price.ts';
import type { Usage } from './reply.ts';

const tokens = fc.nat(1_000_000);
const usdPerMillion = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => thousandths / 1000);
const price = fc.record(
  { input: usdPerMillion, output: usdPerMillion, cacheRead: usdPerMillion, cacheWrite: usdPerMillion },
  { requiredKeys: ['input', 'output'] },
);

describe('prices', () => {
  it('charge each kind of token at its own price per million', () => {
    const usage: Usage = { input: 1_000_000, output: 2_000_000, cacheRead: 500_000, cacheWrite: 100_000 };
    expect(costOf(usage, { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 })).toEqual({
      usd: 33.525,
    });
  });

  it('fall back to the price of input for the cache', () => {
    expect(
      costOf({ input: 0, output: 0, cacheRead: 1_000_000, cacheWrite: 1_000_000 }, { input: 3, output: 15 }),
    ).toEqual({ usd: 6 });
  });

  it('are never guessed', () => {
    expect(costOf({ input: 1, output: 1, cacheRead: 0, cacheWrite: 0 }, undefined)).toBe('unpriced');
  });

  it('never charge a call more than its worst case', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, price, (input, output, cacheRead, cacheWrite, prices) => {
        const cost = costOf({ input, output, cacheRead, cacheWrite }, prices);
        const worst = worstCaseOf({ input: input + cacheRead + cacheWrite, output }, prices);
        if (cost === 'unpriced' || worst === 'unpriced') throw new Error('priced');
        expect(cost.usd).toBeLessThanOrEqual(worst.usd + 1e-9);
      }),
    );
  });
});
