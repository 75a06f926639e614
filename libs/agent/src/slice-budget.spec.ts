import fc from 'fast-check';
import { SliceBudget } from './slice-budget.ts';

describe('a slice of a budget', () => {
  it('covers what fits and refuses what does not', async () => {
    const budget = new SliceBudget({ sliceUsd: 1 });
    const first = await budget.reserve({ usd: 0.6 });
    expect(await budget.reserve({ usd: 0.6 })).toBeUndefined();
    first?.settle({ usd: 0.1 });
    expect(await budget.reserve({ usd: 0.9 })).toBeDefined();
    expect(budget.spentUsd).toBeCloseTo(0.1);
  });

  it('gives back what was never used, once', async () => {
    const budget = new SliceBudget({ sliceUsd: 1 });
    const reservation = await budget.reserve({ usd: 1 });
    reservation?.cancel();
    reservation?.cancel();
    reservation?.settle({ usd: 5 });
    expect(await budget.reserve({ usd: 1 })).toBeDefined();
    expect(await budget.reserve({ usd: 0.1 })).toBeUndefined();
  });

  it('fails the caller whose request for more failed, and asks again for the next', async () => {
    let asked = 0;
    const budget = new SliceBudget({
      sliceUsd: 0,
      more: () => {
        asked += 1;
        return asked === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve(1);
      },
    });
    await expect(budget.reserve({ usd: 1 })).rejects.toThrow('no answer');
    expect(await budget.reserve({ usd: 1 })).toBeDefined();
  });

  it('lets unpriced calls pass and counts nothing', async () => {
    const budget = new SliceBudget({ sliceUsd: 0 });
    (await budget.reserve('unpriced'))?.settle('unpriced');
    expect(budget.spentUsd).toBe(0);
  });

  it('never holds more than was granted, also when helpers share it', async () => {
    const cents = fc.integer({ min: 1, max: 500 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.nat(3000),
        fc.array(fc.tuple(cents, fc.boolean()), { maxLength: 30 }),
        async (slice, rest, calls) => {
          let left = rest;
          const budget = new SliceBudget({
            sliceUsd: slice / 100,
            more: async (missingUsd) => {
              await Promise.resolve();
              const granted = Math.min(left, Math.ceil(missingUsd * 100));
              left -= granted;
              return granted / 100;
            },
          });
          let held = 0;
          await Promise.all(
            calls.map(async ([worst, settles]) => {
              const reservation = await budget.reserve({ usd: worst / 100 });
              if (!reservation) return;
              held += worst;
              expect(held / 100).toBeLessThanOrEqual(budget.grantedUsd + 1e-6);
              await Promise.resolve();
              if (settles) reservation.settle({ usd: worst / 100 });
              else reservation.cancel();
              if (!settles) held -= worst;
            }),
          );
          expect(budget.grantedUsd).toBeLessThanOrEqual((slice + rest) / 100 + 1e-6);
          expect(budget.spentUsd).toBeCloseTo(held / 100);
        },
      ),
    );
  });
});
