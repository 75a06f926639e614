import type { CheckedThing } from './assertions-of.ts';
import type { SourceFile } from './source-file.ts';

/** Words of assertion libraries and of the language: a test that was rewritten for another library says the same without them. */
const vocabulary = new Set(
  `assert expect ok equal equals is not deep strict deepEqual strictEqual deepStrictEqual notEqual notStrictEqual notDeepEqual
   toBe toEqual toStrictEqual toBeTruthy toBeFalsy toBeDefined toBeNull toBeUndefined toHaveLength toMatch toMatchObject toContain
   toThrow throws rejects resolves doesNotThrow match t self should to be eql assertEqual assertTrue assertIn await async new
   const let var return if throw Error true false null undefined require process exit code message actual expected result length`
    .split(/\s+/)
    .filter(Boolean),
);

/** Names, numbers and words of strings in a text. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(
    (text.match(/[\p{L}_$][\p{L}\p{N}_$]*|\d+(?:\.\d+)?/gu) ?? []).filter((word) => !vocabulary.has(word)),
  );
}

/** All that the change adds to its tests, except what it only comments out. */
export function wordsOfAdded(files: readonly SourceFile[]): ReadonlySet<string> {
  const lines = files
    .filter(({ role }) => role === 'test' || role === 'fixture')
    .flatMap(({ added }) => added)
    .filter(({ text }) => !/^\s*(?:\/\/|\/?\*|#)/.test(text));
  return wordsOf(lines.map(({ text }) => text).join('\n'));
}

/** What the tests of a change insist on anew: by whole assertions, and by all the words of its lines. */
export interface SaidAnew {
  readonly texts: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

/** Whether everything that assertions speak of is said again: as it was, or in other words about the same things. */
export function survives(assertions: readonly CheckedThing[], { texts, words: said }: SaidAnew): boolean {
  const rewritten = assertions.filter(({ text }) => !texts.has(text));
  const words = [...wordsOf(rewritten.map(({ text }) => text).join('\n'))];
  if (rewritten.length === 0) return assertions.length > 0;
  return words.length > 0 && words.every((word) => said.has(word));
}
