import { survives, wordsOfAdded } from './surviving-words.ts';
import { findingOf, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';
import { pairTests, type LocatedTest } from './tests-of.ts';

/**
 * A test that the change takes away. One that moved, was renamed, or became a row of a table is not gone: everything its
 * assertions speak of is then among the lines that the change adds to tests. Neither is one whose subject was deleted too.
 */
export const deletedTests: Rule = (files) => {
  const { gone, fresh } = pairTests(files);
  const texts = new Set(fresh.flatMap(({ test }) => test.assertions.map(({ text }) => text)));
  const said = { texts, words: wordsOfAdded(files) };
  const lost = gone.filter(
    (located) => !survives(located.test.assertions, said) && !lostItsSubject(located, files),
  );
  return lost.map(({ file, test }) =>
    findingOf({
      rule: 'deleted-tests',
      severity: 'blocker',
      category: 'test_quality',
      title:
        file.status === 'deleted'
          ? `A test was deleted with its file: ${shown(test.name, file)}`
          : `A test was deleted: ${shown(test.name, file)}`,
      why: 'It was there on the base, and nothing that the change adds to the tests insists on the same.',
      path: file.previousPath ?? file.path,
      line: test.line,
      shown: test.assertions[0]?.text,
      suggestedFix:
        'Put it back, and make the product meet it; if the plan makes it wrong, say so and replace it.',
    }),
  );
};

function shown(name: string, file: SourceFile): string {
  return name === '' ? file.path : name;
}

/** The only thing it imported from the project was deleted by the same change. */
function lostItsSubject({ file }: LocatedTest, files: readonly SourceFile[]): boolean {
  if (file.status !== 'deleted') return false;
  const imported = [...(file.before ?? '').matchAll(/(?:\bfrom|\bimport|\brequire\()\s*['"](\.[^'"]+)['"]/g)];
  const deleted = files.filter(({ status, role }) => status === 'deleted' && role === 'product');
  const isDeleted = (specifier: string): boolean => {
    const name = specifier.replace(/^(?:\.{1,2}\/)+/, '').replace(/\.[cm]?[jt]sx?$/, '');
    return deleted.some(({ path }) => path.replace(/\.[cm]?[jt]sx?$/, '').endsWith(name));
  };
  return imported.length > 0 && imported.every(([, specifier = '']) => isDeleted(specifier));
}
