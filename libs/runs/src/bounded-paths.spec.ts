import { mostTouched, boundedPaths } from './bounded-paths.ts';

const many = Array.from({ length: mostTouched }, (_, index) => `src/deep/f${String(index)}.ts`);

describe('what a run is said to have touched', () => {
  it('is its paths, each once', () => {
    expect(boundedPaths(['b.ts', 'a.ts', 'b.ts'])).toEqual(['a.ts', 'b.ts']);
    expect(boundedPaths(many)).toHaveLength(mostTouched);
  });

  it('is their directories where there are too many, the deepest first', () => {
    expect(boundedPaths([...many, 'README.md'])).toEqual(['README.md', 'src/deep']);
  });

  it('is everything where even the top has too many', () => {
    const top = Array.from({ length: mostTouched + 1 }, (_, index) => `f${String(index)}`);
    expect(boundedPaths(top)).toEqual(['.']);
  });
});
