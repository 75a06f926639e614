import { compare, missed } from './comparison.ts';

describe('fifteen missions over one repository', () => {
  it.each([1, 2, 3])('wait less when they negotiate, and none loses, with seed %i', (seed) => {
    expect(missed(compare(seed, 15, 3))).toEqual([]);
  });

  it('come out the same for the same seed', () => {
    expect(compare(4, 8, 3)).toEqual(compare(4, 8, 3));
  });
});
