import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testStateDirectory } from '@missions/testing';
import type { Row } from './row.ts';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const run = promisify(execFile);
const limitMs = 240_000;

interface Result {
  readonly rows: readonly Row[];
  readonly failed: readonly string[];
}

describe('npm run bench', () => {
  it(
    'measures every row against its floor in one run, and says what the numbers are',
    async () => {
      using state = testStateDirectory();
      const { stdout } = await run(process.execPath, [program, '--quick', '--json', '--state', state.path], {
        timeout: limitMs,
        maxBuffer: 10_000_000,
      });
      const { rows, failed } = JSON.parse(stdout) as Result;
      expect(failed).toEqual([]);
      expect(rows.map(({ name }) => name)).toEqual([
        'hop',
        'hop-commits',
        'hop-writes',
        'subscriber',
        'more-subscribers',
        'append-1',
        'append-8',
        'append-32',
        'append-100',
        'read',
        'idle-missions',
        'turn-1',
        'turn-32',
        'turn-commits',
        'lease-row',
        'lease-row-service',
        'lease-fairness',
        'lease-16-keys',
        'lease-pauses-service',
      ]);
      // No figure is judged here: a busy machine must not fail a test. Counts do not depend on it.
      const isNothing = ({ value }: Row): boolean => !(value.median > 0);
      expect(rows.filter(isNothing).map(({ name }) => name)).toEqual(['lease-pauses-service']);
      expect(countOf(rows, 'hop-commits')).toBe(2);
      expect(countOf(rows, 'turn-commits')).toBe(2);
    },
    limitMs,
  );

  it('refuses a benchmark it does not know, with those there are', async () => {
    await expect(run(process.execPath, [program, '--only', 'speed'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no benchmark speed; there are hop') as string,
    });
  });
});

function countOf(rows: readonly Row[], name: string): number | undefined {
  return rows.find((row) => row.name === name)?.value.median;
}
