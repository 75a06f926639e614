import { failingTests, newlyFailing } from './failing-tests.ts';

describe('the names of failing tests', () => {
  it.each([
    ['TAP', 'ok 1 - adds\nnot ok 2 - removes # time=3ms', ['removes']],
    ['Node', '✔ adds (0.5ms)\n  ✖ removes (1.25ms)', ['removes']],
    [
      'Jest',
      'FAIL src/list.spec.js (5.1 s)\n  ✓ adds (2 ms)\n  ✕ removes (3 ms)',
      ['src/list.spec.js', 'removes'],
    ],
    ['Mocha in colours', '  \u001B[31m✗ removes\u001B[0m', ['removes']],
    ['pytest', 'FAILED tests/test_list.py::test_remove - assert 1 == 2', ['tests/test_list.py::test_remove']],
    ['Go', '--- PASS: TestAdd (0.00s)\n--- FAIL: TestRemove (0.01s)', ['TestRemove']],
    ['Cargo', 'test list::adds ... ok\ntest list::removes ... FAILED', ['list::removes']],
    ['a runner of its own', 'one thing went wrong', []],
  ])('are read from %s', (_runner, output, names) => {
    expect([...failingTests(output)]).toEqual(names);
  });
});

describe('tests that fail on the base as well', () => {
  const run = (output: string, exitCode = 1) => ({ exitCode, output });

  it('are none of this work’s doing, however long they took', () => {
    expect(newlyFailing(run('✖ old (2ms)'), run('✖ old (9ms)'))).toEqual([]);
    expect(newlyFailing(run('1 wrong in 2 s'), run('1 wrong in 3 s'))).toEqual([]);
  });

  it('hide none that fails only now', () => {
    expect(newlyFailing(run('✖ old (2ms)\n✖ mine (1ms)'), run('✖ old (9ms)'))).toEqual(['mine']);
    expect(newlyFailing(run('✖ mine (1ms)'), run('no tests found'))).toEqual(['mine']);
  });

  it('are told apart by what they say when no name does', () => {
    expect(newlyFailing(run('cannot find module x'), run('2 wrong'))).toBeUndefined();
    expect(newlyFailing(run('2 wrong', 2), run('2 wrong'))).toBeUndefined();
  });
});
