import type { DeclaredTest, TestMark } from './declared-tests.ts';
import { findingOf, type Rule } from './rule.ts';
import { isNew, type SourceFile } from './source-file.ts';
import { pairTests } from './tests-of.ts';

const said: Readonly<Record<TestMark, string>> = {
  skip: 'skipped',
  todo: 'marked as to be done, so that its failure counts for nothing',
  only: 'marked as the only one, so that no other test of its file runs',
  early_return: 'left by a `return` before it insists on anything',
};

/** A test that the change switches off, by whatever means; one that was switched off before is left alone. */
export const skippedTests: Rule = (files) => {
  const { kept, fresh } = pairTests(files);
  return [
    ...kept.flatMap(({ before, after }) =>
      newMarks(before.test, after.test).map((mark) =>
        finding(after.file, after.test, { mark, existed: true }),
      ),
    ),
    ...fresh
      .filter(({ file, test }) => isNew(file, test.line, test.endLine))
      .flatMap(({ file, test }) => test.marks.map((mark) => finding(file, test, { mark, existed: false }))),
  ];
};

function newMarks(before: DeclaredTest, after: DeclaredTest): readonly TestMark[] {
  return after.marks.filter((mark) => !before.marks.includes(mark));
}

function finding(
  file: SourceFile,
  test: DeclaredTest,
  { mark, existed }: { readonly mark: TestMark; readonly existed: boolean },
) {
  const isHarmful = existed || mark === 'only' || mark === 'early_return';
  return findingOf({
    rule: 'skipped-tests',
    severity: existed ? 'blocker' : isHarmful ? 'major' : 'minor',
    category: 'test_quality',
    title: `${existed ? 'A test' : 'A new test'} is ${said[mark].split(',')[0] ?? mark}: ${test.name === '' ? file.path : test.name}`,
    why: `It is ${said[mark]}.${existed ? ' On the base it ran.' : ''}`,
    path: file.path,
    line: test.line,
    suggestedFix: 'Let it run, and make the product meet it.',
  });
}
