import { corpus } from './corpus/index.ts';
import { playCorpus } from './play-corpus.ts';
import type { Judged } from './report/judged.ts';
import { summaryOf } from './report/table.ts';

const limitMs = 300_000;

/** One of each family, of the products that are quickest to prove. */
const chosen = [
  /^money\/one-module$/,
  /^tasks\/classes$/,
  /^tasks\/says-done$/,
  /^money\/equal-shares$/,
  /^tasks\/classes~drop-branch@/,
  /^tasks\/functions~script-true$/,
  /^money\/file-each~leftover$/,
  /^money\/one-module~detect-contract@/,
  /^money\/bigint~commit-forge-token$/,
];

const cases = (() => {
  const every = corpus({ seed: 1, all: true });
  return chosen.flatMap((pattern) => every.find(({ name }) => pattern.test(name)) ?? []);
})();

const play = (some: typeof cases): Promise<readonly Judged[]> =>
  playCorpus(some, {
    atOnce: 2,
    signal: new AbortController().signal,
    onJudged: () => undefined,
    say: () => undefined,
  });

describe('playing the corpus', () => {
  it(
    'lets correct workers through and names what is wrong with the others, which nobody would have seen otherwise',
    async () => {
      expect(cases).toHaveLength(chosen.length);
      const judged = await play(cases);
      expect(judged.filter(({ right }) => !right)).toEqual([]);
      expect(summaryOf(judged, 1).slice(0, 3)).toEqual([
        'faulty workers 7, caught 7 (5 of them mutants, seed 1)',
        'correct workers 2, passed 2',
        'delivered without validators 7 of the 7 faulty ones',
      ]);
    },
    limitMs,
  );

  it(
    'calls it wrong when a faulty worker is held back by something else than what was to be named',
    async () => {
      const [one] = cases.filter(({ name }) => name === 'tasks/says-done');
      if (!one) throw new Error('The case is missing.');
      const otherwise = { ...one, killers: [{ assertion: 'VAL-ADD-001' }] };
      const [judged] = await play([otherwise]);
      expect(judged).toMatchObject({ right: false, expected: ['VAL-ADD-001'] });
      expect(judged?.caughtBy).toContain('VAL-DONE-001');
    },
    limitMs,
  );
});
