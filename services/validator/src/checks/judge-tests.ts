import type { FindingDraft } from '@missions/mission';
import { endOf, type CheckRun } from './check-run.ts';
import { newlyFailing } from './failing-tests.ts';
import { testCounts } from './test-counts.ts';

export interface TestRuns {
  readonly now: CheckRun;
  readonly base: CheckRun;
  /** Declared tests that the change takes away, as far as the files say; a runner may report fewer by so many. */
  readonly takenAway: number;
}

/**
 * What the project's own tests have against the commit, held against what the same command said of the base. An exit by 0 is
 * believed only as far as the output goes along with it: what it names as failed has failed, and what ran before still runs.
 */
export function judgeTests(runs: TestRuns): readonly FindingDraft[] {
  const { now, base } = runs;
  if (cannotRun(now)) {
    const why = cannotRun(base) ? 'Neither could they on the base.' : 'On the base the same command ran.';
    return [testFinding(now, { title: 'The project’s tests cannot be run', why })];
  }
  if (now.exitCode !== 0) return failing(runs);
  return silentFailure(now) ?? fewer(runs);
}

/** The command, the script or the runner is not there. */
export function cannotRun({ exitCode, output }: CheckRun): boolean {
  if (exitCode === 126 || exitCode === 127) return true;
  return (
    exitCode !== 0 &&
    /npm (?:error|ERR!) Missing script|no test specified|ENOENT.*package\.json|No rule to make target|Could not find '.*'\s*$/.test(
      output,
    )
  );
}

function failing({ now, base }: TestRuns): readonly FindingDraft[] {
  const names = base.exitCode === 0 || cannotRun(base) ? undefined : newlyFailing(now, base);
  if (names?.length === 0) return [];
  const only = names ? `On the base these did not fail: ${names.join(', ').slice(0, 2_000)}.\n` : '';
  return [
    testFinding(now, {
      title: 'The project’s own tests fail',
      why: `${endOf(now)}\n${only}`,
      category: 'regression',
    }),
  ];
}

function silentFailure(now: CheckRun): readonly FindingDraft[] | undefined {
  const counts = testCounts(now.output);
  if (!counts || counts.failed === 0) return undefined;
  const why = `Exit code 0, but its own output counts ${String(counts.failed)} failed.`;
  return [
    testFinding(now, {
      title: 'Tests fail, but the command says that all is well',
      why,
      severity: 'blocker',
    }),
  ];
}

function fewer({ now, base, takenAway }: TestRuns): readonly FindingDraft[] {
  const before = testCounts(base.output)?.ran ?? 0;
  const after = testCounts(now.output)?.ran;
  const ranBefore = `On the base ${String(before)} tests ran by the same command`;
  if (after === 0)
    return [
      testFinding(now, {
        title: 'No test runs',
        why: `${ranBefore}.`,
        severity: before > 0 ? 'blocker' : 'major',
      }),
    ];
  if (before === 0) return [];
  if (after === undefined)
    return [testFinding(now, { title: 'The tests no longer say what they ran', why: `${ranBefore}.` })];
  if (after >= before - takenAway) return [];
  const why = `${ranBefore}, now ${String(after)}; the files declare ${String(takenAway)} fewer.`;
  return [testFinding(now, { title: 'Fewer tests run than before', why })];
}

export function testFinding(
  { check }: CheckRun,
  {
    title,
    why,
    severity = 'major',
    category = 'test_quality',
  }: { readonly title: string; readonly why: string } & Partial<Pick<FindingDraft, 'severity' | 'category'>>,
): FindingDraft {
  return {
    severity,
    category,
    title: `${title}: \`${check.command}\``.slice(0, 400).toWellFormed(),
    detail: `${why}\n${check.output}`.slice(0, 8_000).toWellFormed(),
    assertionIds: [],
    featureIds: [],
  };
}
