import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { testStateDirectory } from '@missions/testing';
import { missions, type CliResult } from './stage/cli.ts';
import './stage/stage.ts';

type Line = Readonly<Record<string, unknown>> & { readonly kind: string };

describe('the demo', () => {
  const directory = testStateDirectory();
  afterAll(() => {
    directory.remove();
  });

  const demo = (...args: readonly string[]): Promise<CliResult> =>
    missions(['demo', '--speed', '4', '--state', directory.path, ...args], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      cwd: directory.path,
      limitMs: 280_000,
    });

  function linesOf({ stdout }: CliResult): readonly Line[] {
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  }

  it('plays a whole mission through a question, an approval, a killed worker, a wiped bus and a fix', async () => {
    const result = await demo();
    const lines = linesOf(result);
    expect(result.exitCode).toBe(0);
    expect(lines.every(({ scripted }) => scripted === true)).toBe(true);
    const steps = lines.filter(({ kind }) => kind === 'step').map(({ step }) => step);
    expect(steps).toEqual([
      'start',
      'scope',
      'plan',
      'build',
      'kill',
      'validate',
      'fix',
      'wipe',
      'prove',
      'report',
    ]);
    const report = lines.at(-1)?.['report'] as {
      features: readonly { kind: string; status: string }[];
      counts: { pass: number; total: number };
      takeovers: number;
      notProven: readonly string[];
    };
    expect(report.features).toHaveLength(6);
    expect(report.features.every(({ status }) => status === 'accepted')).toBe(true);
    expect(report.counts).toMatchObject({ pass: 9, total: 9 });
    expect(report.takeovers).toBeGreaterThanOrEqual(1);
    expect(report.notProven).toEqual([]);
    expect(readdirSync(join(directory.path, 'demo'))).toEqual([]);
  });

  it('is no theatre: when the fix changes nothing it ends blocked{fix_limit}', async () => {
    const result = await demo('--break', 'fix');
    expect(result.exitCode).toBe(11);
    expect(linesOf(result).at(-1)).toMatchObject({
      end: 'MissionBlocked',
      report: { headline: { cause: 'fix_limit' } },
    });
  });
});
