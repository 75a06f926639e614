import type { CheckRun } from './check-run.ts';
import { judgeTests } from './judge-tests.ts';

const run = (exitCode: number | undefined, output: string, timedOut = false): CheckRun => ({
  check: { name: 'tests', command: 'npm test', output, ...(exitCode !== undefined && { exitCode }) },
  ...{ exitCode, output, timedOut },
});
const node = (ran: number, failed = 0) =>
  `ℹ tests ${String(ran)}\nℹ pass ${String(ran - failed)}\nℹ fail ${String(failed)}\n`;
const judged = (now: CheckRun, base: CheckRun, takenAway = 0) =>
  judgeTests({ now, base, takenAway }).map(
    ({ severity, category, title }) => `${severity} ${category}: ${title}`,
  );

describe('the project’s own tests', () => {
  const sound = run(0, node(5));

  it('have nothing against a commit on which as many pass as before, or more', () => {
    expect(judged(sound, sound)).toEqual([]);
    expect(judged(run(0, node(9)), sound)).toEqual([]);
    expect(judged(run(0, 'all good'), run(0, 'all good'))).toEqual([]);
  });

  it.each<[string, CheckRun, CheckRun, string]>([
    ['fail', run(1, node(5, 1)), sound, 'major regression: The project’s own tests fail: `npm test`'],
    [
      'do not end',
      run(undefined, '', true),
      sound,
      'major regression: The project’s own tests fail: `npm test`',
    ],
    [
      'are missing',
      run(127, 'vitest: command not found'),
      sound,
      'major test_quality: The project’s tests cannot be run: `npm test`',
    ],
    [
      'have lost their script',
      run(1, 'npm error Missing script: "test"'),
      sound,
      'major test_quality: The project’s tests cannot be run: `npm test`',
    ],
    [
      'fail and exit by 0',
      run(0, node(5, 2)),
      sound,
      'blocker test_quality: Tests fail, but the command says that all is well: `npm test`',
    ],
    ['do not run at all', run(0, node(0)), sound, 'blocker test_quality: No test runs: `npm test`'],
    ['never ran', run(0, node(0)), run(0, node(0)), 'major test_quality: No test runs: `npm test`'],
    ['are fewer', run(0, node(4)), sound, 'major test_quality: Fewer tests run than before: `npm test`'],
    [
      'print garbage',
      run(0, '%%%'),
      sound,
      'major test_quality: The tests no longer say what they ran: `npm test`',
    ],
    [
      'were never there',
      run(127, 'x: command not found'),
      run(127, 'x: command not found'),
      'major test_quality: The project’s tests cannot be run: `npm test`',
    ],
  ])('are held against it when they %s', (_what, now, base, finding) => {
    expect(judged(now, base)).toEqual([finding]);
  });

  it('may be fewer by as many as the files declare', () => {
    expect(judged(run(0, node(4)), sound, 1)).toEqual([]);
  });

  it('are not held against it for what failed before', () => {
    expect(judged(run(1, '✖ old (2ms)\n'), run(1, '✖ old (9ms)\n'))).toEqual([]);
  });
});
