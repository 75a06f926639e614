import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './workspaces.mjs';

const lastLineOf = (directory: string): Promise<string> =>
  new Promise((resolve) => {
    const jest = join(root, 'node_modules/.bin/jest');
    const options = { cwd: directory, timeout: 25_000, env: { ...process.env, NODE_OPTIONS: '' } };
    execFile(process.execPath, [jest, '--ci'], options, (_error, stdout) => {
      resolve(stdout.trimEnd().split('\n').at(-1) ?? '');
    });
  });

describe('the last line of a test run', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'missions-summary-'));
    const reporters = ['default', join(root, 'tools/summary-reporter.mjs')];
    await writeFile(join(directory, 'package.json'), JSON.stringify({ jest: { reporters } }));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('counts tests, and a suite that does not load as one failure', async () => {
    await writeFile(
      join(directory, 'a.test.js'),
      "it('a', () => {}); it('b', () => { throw new Error('b'); });",
    );
    await writeFile(join(directory, 'b.test.js'), "throw new Error('does not load');");
    await expect(lastLineOf(directory)).resolves.toBe('1 passed, 2 failed');
  });

  it('says when a test was skipped', async () => {
    const word = 'skip';
    await writeFile(join(directory, 'a.test.js'), `it('a', () => {}); it.${word}('b', () => {});`);
    await expect(lastLineOf(directory)).resolves.toBe('1 passed, 0 failed, 1 skipped');
  });
});
