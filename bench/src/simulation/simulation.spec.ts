import { maxNegotiations } from '@missions/leasing';
import { compare, missed } from './comparison.ts';

describe('fifteen missions over one repository', () => {
  it.each([1, 2, 3])('wait less when they negotiate, and none loses, with seed %i', (seed) => {
    expect(missed(compare(seed, 15, 3))).toEqual([]);
  });

  it('are not held up for ever by talk: nobody asks without end', () => {
    const [, , mixed] = compare(5, 15, 3);
    expect(mixed?.mostTalks).toBeLessThanOrEqual(maxNegotiations);
    expect(mixed?.settled).toBeGreaterThan(0);
  });

  it('come out the same for the same seed', () => {
    expect(compare(4, 8, 3)).toEqual(compare(4, 8, 3));
  });
});
