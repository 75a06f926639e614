import type { CheckedThing } from './assertions-of.ts';
import type { DeclaredTest } from './declared-tests.ts';
import { findingOf, type Problem, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';
import { survives, wordsOf, type SaidAnew } from './surviving-words.ts';
import { pairTests, type LocatedTest } from './tests-of.ts';

/**
 * A test that is still there, but insists on less: fewer assertions, looser ones, ones that hold whatever the product does, or
 * ones whose failure is caught. What another test of the change insists on instead is no loss.
 */
export const weakenedTests: Rule = (files) => {
  const { kept, fresh } = pairTests(files);
  return kept.flatMap(({ before, after }) => {
    // A statement like `assert.equal(answer.status, 200)` stands in many tests: only the same file can have taken it over.
    const others = [...fresh, ...kept.map((pair) => pair.after)].filter(
      (other) => other !== after && other.file === after.file,
    );
    const problem = weaker(before.test, after, elsewhere(others));
    return problem ? [finding(after.file, after.test, problem)] : [];
  });
};

/** What other tests insist on by lines that are new. */
function elsewhere(others: readonly LocatedTest[]): SaidAnew {
  const insisted = others.flatMap(({ file, test }) =>
    test.assertions.filter(({ line, strength }) => strength > 1 && file.addedLines.has(line)),
  );
  const texts = new Set(insisted.map(({ text }) => text));
  return { texts, words: wordsOf(insisted.map(({ text }) => text).join('\n')) };
}

function weaker(
  before: DeclaredTest,
  { file, test: after }: LocatedTest,
  said: SaidAnew,
): Problem | undefined {
  if (after.swallows.length > before.swallows.length)
    return {
      title: 'A test catches its own failures',
      why: 'What fails inside is caught and forgotten, so the test cannot fail.',
      line: after.swallows[0],
    };
  const lost = without(before.assertions, after.assertions);
  if (lost.length === 0) return undefined;
  const gained = without(after.assertions, before.assertions);
  const silenced = lost.find(({ text }) => isCommentedOut(file, text));
  if (silenced)
    return {
      title: 'An assertion was commented out',
      why: 'On the base the test insisted on it.',
      shown: silenced.text,
      line: after.line,
    };
  if (total(gained) >= total(lost) || survives(lost, said)) return undefined;
  const count = `${String(before.assertions.length)} before, ${String(after.assertions.length)} now`;
  return {
    title: gained.length < lost.length ? 'A test insists on less than before' : 'An assertion was loosened',
    why: `Assertions: ${count}. What is gone or looser:`,
    shown: lost.map(({ text }) => text).join('; '),
    line: gained[0]?.line ?? after.line,
  };
}

function total(assertions: readonly CheckedThing[]): number {
  return assertions.reduce((sum, { strength }) => sum + strength, 0);
}

function without(
  assertions: readonly CheckedThing[],
  others: readonly CheckedThing[],
): readonly CheckedThing[] {
  const left = others.map(({ text }) => text);
  return assertions.filter(({ text }) => {
    const at = left.indexOf(text);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}

function isCommentedOut({ added }: SourceFile, assertion: string): boolean {
  const [called = ''] = assertion.split('(');
  const words = wordsOf(assertion);
  return added.some(
    ({ text }) =>
      /^\s*(?:\/\/|\/\*|\*|#)/.test(text) &&
      text.includes(`${called}(`) &&
      [...words].every((word) => text.includes(word)),
  );
}

function finding(file: SourceFile, test: DeclaredTest, { title, why, line, shown }: Problem) {
  return findingOf({
    rule: 'weakened-tests',
    severity: 'major',
    category: 'test_quality',
    title: `${title}: ${test.name === '' ? file.path : test.name}`,
    why,
    path: file.path,
    line: line ?? test.line,
    shown,
    suggestedFix: 'Insist on what the base insisted on, or say which requirement makes it wrong.',
  });
}
