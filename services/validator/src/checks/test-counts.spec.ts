import { testCounts } from './test-counts.ts';

describe('what a test runner says it ran', () => {
  it.each<[string, string, number, number]>([
    [
      'Node',
      '✔ a (1ms)\nℹ tests 5\nℹ suites 0\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n',
      4,
      1,
    ],
    ['Node in TAP', 'TAP version 13\nok 1 - a\n1..1\n# tests 1\n# pass 1\n# fail 0\n', 1, 0],
    ['Node without a test', 'ℹ tests 0\nℹ pass 0\nℹ fail 0\n', 0, 0],
    ['Jest', 'Test Suites: 1 failed, 1 total\nTests:       1 failed, 1 skipped, 2 passed, 4 total\n', 3, 1],
    ['Jest without a test', 'No tests found, exiting with code 0\n', 0, 0],
    [
      'Vitest in colours',
      '\u001B[2m      Tests \u001B[22m \u001B[1m\u001B[31m1 failed\u001B[39m\u001B[22m | \u001B[32m2 passed\u001B[39m (3)\n',
      3,
      1,
    ],
    ['Mocha', '  2 passing (5ms)\n  1 failing\n', 3, 1],
    ['pytest', '=== 1 failed, 2 passed, 1 skipped in 0.12s ===\n', 3, 1],
    ['pytest, quietly', '3 passed in 0.01s\n', 3, 0],
    ['unittest', 'Ran 4 tests in 0.001s\n\nFAILED (failures=1, errors=1, skipped=1)\n', 3, 2],
    [
      'Cargo, in two programs',
      'test result: ok. 2 passed; 0 failed; 0 ignored\ntest result: FAILED. 1 passed; 1 failed; 0 ignored\n',
      4,
      1,
    ],
    ['Go', '--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\nFAIL\n', 2, 1],
    ['Go without a test', '?   \texample/x\t[no test files]\n', 0, 0],
    ['TAP', '1..3\nok 1 - a\nnot ok 2 - b\nnot ok 3 - c # TODO later\n', 2, 1],
  ])('is read from %s', (_runner, output, ran, failed) => {
    expect(testCounts(output)).toEqual({ ran, failed });
  });

  it('is nothing in the output of anything else', () => {
    expect(testCounts('all good\nok\n3 things done\n')).toBeUndefined();
  });
});
