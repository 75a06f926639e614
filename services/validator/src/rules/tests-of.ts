import { declaredTests, type DeclaredTest } from './declared-tests.ts';
import type { SourceFile } from './source-file.ts';
import { testsInText } from './tests-in-text.ts';

export type Side = 'before' | 'after';

/** The tests of a changed test file on one side of the change; none for any other file. */
export function testsOf(file: SourceFile, side: Side): readonly DeclaredTest[] {
  if (file.role !== 'test') return [];
  const syntax = side === 'before' ? file.syntaxBefore : file.syntaxAfter;
  if (syntax) return declaredTests(syntax);
  const text = side === 'before' ? file.before : file.after;
  return text === undefined ? [] : testsInText(file.path, text);
}

export interface LocatedTest {
  readonly file: SourceFile;
  readonly test: DeclaredTest;
}

export function testsOfAll(files: readonly SourceFile[], side: Side): readonly LocatedTest[] {
  return files.flatMap((file) => testsOf(file, side).map((test) => ({ file, test })));
}

/** Tests that both sides have, by their name: of the same file, else the only one of that name anywhere in the change. */
export interface TestPairs {
  readonly kept: readonly { readonly before: LocatedTest; readonly after: LocatedTest }[];
  readonly gone: readonly LocatedTest[];
  readonly fresh: readonly LocatedTest[];
}

export function pairTests(files: readonly SourceFile[]): TestPairs {
  const left = new Set(testsOfAll(files, 'after'));
  const kept: { before: LocatedTest; after: LocatedTest }[] = [];
  const open: LocatedTest[] = [];
  const take = (before: LocatedTest, fits: (after: LocatedTest) => boolean): boolean => {
    const after = [...left].find((candidate) => candidate.test.name === before.test.name && fits(candidate));
    if (!after) return false;
    left.delete(after);
    kept.push({ before, after });
    return true;
  };
  for (const before of testsOfAll(files, 'before'))
    if (!take(before, ({ file }) => file === before.file)) open.push(before);
  const gone = open.filter((before) => before.test.name === '' || !take(before, () => true));
  return { kept, gone, fresh: [...left] };
}
