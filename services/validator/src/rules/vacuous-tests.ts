import type { DeclaredTest } from './declared-tests.ts';
import { findingOf, type Rule } from './rule.ts';
import { isNew } from './source-file.ts';
import { pairTests, type LocatedTest } from './tests-of.ts';

/** A new test that cannot fail: it counts, and says nothing. */
export const vacuousTests: Rule = (files) =>
  pairTests(files).fresh.flatMap((located) => {
    const why = isNew(located.file, located.test.line, located.test.endLine)
      ? cannotFail(located.test)
      : undefined;
    return why === undefined ? [] : [finding(located, why)];
  });

function cannotFail({ marks, assertions, swallows, isEmpty }: DeclaredTest): string | undefined {
  if (marks.includes('skip') || marks.includes('todo')) return undefined;
  if (isEmpty) return 'Its body is empty.';
  if (assertions.length > 0 && assertions.every(({ strength }) => strength === 0))
    return 'All that it insists on holds whatever the product does.';
  return swallows.length > 0 ? 'What fails inside is caught and forgotten.' : undefined;
}

function finding({ file, test }: LocatedTest, why: string) {
  return findingOf({
    rule: 'vacuous-tests',
    severity: 'major',
    category: 'test_quality',
    title: `A new test cannot fail: ${test.name === '' ? file.path : test.name}`,
    why,
    path: file.path,
    line: test.line,
    shown: test.assertions[0]?.text,
    suggestedFix: 'Let it insist on what the product does.',
  });
}
