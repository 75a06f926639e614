import { globMatcher } from './glob-pattern.ts';

describe('a glob pattern', () => {
  it.each([
    ['*.ts', 'a.ts', true],
    ['*.ts', 'src/a.ts', false],
    ['**/*.ts', 'a.ts', true],
    ['**/*.ts', 'src/deep/a.ts', true],
    ['src/**', 'src/deep/a.ts', true],
    ['src/**', 'source/a.ts', false],
    ['./src/*.ts', 'src/a.ts', true],
    ['*.{ts,js}', 'a.js', true],
    ['*.{ts,js}', 'a.jsx', false],
    ['a?.txt', 'ab.txt', true],
    ['[ab].txt', 'b.txt', true],
    ['[!ab].txt', 'b.txt', false],
    ['.env*', '.env.local', true],
    ['a+(b).txt', 'a+(b).txt', true],
    ['a.b', 'axb', false],
    ['[', '[', true],
    ['{a', 'a', true],
  ])('%s on %s: %s', (pattern, path, expected) => expect(globMatcher(pattern)(path)).toBe(expected));

  it('takes linear time on a pattern made to explode', () => {
    const startedAt = performance.now();
    globMatcher('*a'.repeat(30))(`${'a'.repeat(5_000)}b`);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
