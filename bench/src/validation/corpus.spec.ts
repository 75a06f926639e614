import type { Case } from './corpus/case.ts';
import { corpus } from './corpus/index.ts';
import { sitesOf, withoutNotes } from './corpus/marker.ts';
import { parseArchive } from './corpus/archive.ts';
import { mutate } from './mutation/change.ts';

const every = corpus({ seed: 1, all: true });
const usual = corpus({ seed: 1, all: false });
const ofKind = (cases: readonly Case[], kind: Case['kind']) => cases.filter((one) => one.kind === kind);

describe('the corpus', () => {
  it('has correct workers in many styles, and faulty ones of which half and more are made by operators', () => {
    const hand = ofKind(usual, 'hand').length;
    const mutants = ofKind(usual, 'mutant').length;
    expect(ofKind(usual, 'correct').length).toBeGreaterThanOrEqual(15);
    expect(hand + mutants).toBeGreaterThanOrEqual(40);
    expect(mutants).toBeGreaterThanOrEqual(hand);
  });

  it('names each case once', () => {
    const names = every.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('says of every faulty worker what has to be named against it, in the words of its contract', () => {
    const unknown = every.flatMap(({ name, kind, killers, product }) => {
      const ids = product.proposal.contract.assertions.map(({ id }) => id);
      const odd = killers.filter((killer) => 'assertion' in killer && !ids.includes(killer.assertion));
      return odd.length > 0 || (kind !== 'correct' && killers.length === 0) ? [name] : [];
    });
    expect(unknown).toEqual([]);
  });

  it('makes no mutant that equals its origin', () => {
    const texts = ({ works }: Case): string =>
      JSON.stringify(works.map(({ changes }) => Object.entries(changes)));
    const correct = new Set(ofKind(every, 'correct').map(texts));
    const same = every.filter((one) => one.kind !== 'correct' && correct.has(texts(one)));
    expect(same.map(({ name }) => name)).toEqual([]);
  });

  it('gives no notes to anybody who could read them in a repository', () => {
    expect(every.filter(({ works }) => JSON.stringify(works).includes('//~'))).toEqual([]);
    expect(every.filter(({ works }) => JSON.stringify(works).includes('<!--~'))).toEqual([]);
  });

  it('picks the same mutants for the same seed, and others for another', () => {
    const names = (seed: number) => corpus({ seed, all: false }).map(({ name }) => name);
    expect(names(1)).toEqual(usual.map(({ name }) => name));
    expect(names(2)).not.toEqual(names(1));
  });
});

describe('an archive', () => {
  it('holds files, deletions and what is said about a part', () => {
    const text = 'Plain.\n##### F-001 Done.\n===== a.mjs\nexport {};\n\n===== deleted b.mjs\n';
    expect(parseArchive(text)).toEqual([
      { heading: '', text: 'Plain.', files: {} },
      { heading: 'F-001 Done.', text: '', files: { 'a.mjs': 'export {};\n', 'b.mjs': undefined } },
    ]);
  });
});

describe('an operator', () => {
  const change = (line: string, note: string, ...rest: string[]): string => {
    const content = [`${line} //~ ${note}`, ...rest].join('\n');
    const [site] = sitesOf('a.mjs', content);
    if (!site) throw new Error('The note was not read.');
    return mutate(withoutNotes(content), site);
  };

  it.each([
    ['negate', 'if (a(b)) return c;', 'if (!(a(b))) return c;'],
    ['negate', 'return a === b;', 'return !(a === b);'],
    ['off-by-one', 'if (a < b) c();', 'if (a <= b) c();'],
    ['off-by-one', 'const a = b + 1;', 'const a = b + 2;'],
    ['swap(a <> b)', 'f(a, b);', 'f(b, a);'],
    ['instead(g();)', '  f();', '  g();'],
  ])('does %s on a line', (operator, before, after) => {
    expect(change(before, `${operator} VAL-X-001`)).toBe(after);
  });

  it.each([
    ['constant(1)', 'function a() {\n  return 1;\n}'],
    ['empty', 'function a() {\n}'],
    ['stub', "function a() {\n  throw new Error('not implemented');\n}"],
    ['ignore(b = 1)', 'function a() {\n  b = 1;\n  return b;\n}'],
    ['swallow', 'function a() {\n  try {\n    return b;\n  } catch {\n    return undefined;\n  }\n}'],
    ['drop-branch', ''],
  ])('does %s to what begins there', (operator, after) => {
    expect(change('function a() {', `${operator} VAL-X-001`, '  return b;', '}')).toBe(after);
  });

  it('refuses to change nothing', () => {
    expect(() => change('f();', 'negate VAL-X-001')).toThrow('changes nothing');
  });
});
