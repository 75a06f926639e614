import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atFinalProof } from '@missions/mission/testing';
import { FakeMissionControl } from '../conformance/fake-mission-control.ts';
import { runMissions, type Ran } from '../conformance/run-missions.ts';

let fake: FakeMissionControl;
let api: string;
let cwd: string;

beforeAll(async () => {
  fake = new FakeMissionControl(new Map([['m-done', atFinalProof().validated()]]));
  api = await fake.listen();
});

beforeEach(() => {
  cwd = mkdtempSync(join(realpathSync(tmpdir()), 'missions-output-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

afterAll(() => fake.close());

const run = (...argv: readonly string[]): Promise<Ran> =>
  runMissions(argv, { cwd, env: { MISSIONS_API: api } });

describe('a file that is there', () => {
  beforeEach(() => {
    writeFileSync(join(cwd, 'mine'), 'precious');
  });

  it.each([
    ['report', 'm-done', '--output', 'mine'],
    ['export', 'm-done', '--format', 'bundle', '--output', 'mine'],
  ])('is not replaced by %s', async (...argv) => {
    const { exitCode, stderr } = await run(...argv);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('is there already.\nnext:  name another file with --output, or replace it');
    expect(readFileSync(join(cwd, 'mine'), 'utf8')).toBe('precious');
  });

  it('is replaced where that is asked for', async () => {
    expect((await run('report', 'm-done', '--output', 'mine', '--force')).exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'mine'), 'utf8')).toContain('## What was not proven');
  });
});

describe('a report as JSON', () => {
  it('is refused beside another format, since standard output is one of them', async () => {
    const { exitCode, stdout, stderr } = await run('report', 'm-done', '--json', '--format', 'md');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'USAGE', message: '--json prints JSON, and --format md asks for something else.' },
    });
  });

  it('says where the file of another format is', async () => {
    const { stdout } = await run('report', 'm-done', '--json', '--format', 'md', '--output', 'r.md');
    expect(JSON.parse(stdout)).toEqual({ missionId: 'm-done', format: 'md', path: join(cwd, 'r.md') });
    expect(readFileSync(join(cwd, 'r.md'), 'utf8')).toContain('## What was not proven');
  });
});

describe('an archive that cannot be read', () => {
  it.each([
    ['nofile', 'there is no such file'],
    ['folder', 'it is a folder'],
  ])('%s is said to be so, and not to be a bad archive', async (name, why) => {
    mkdirSync(join(cwd, 'folder'));
    const { exitCode, stderr } = await run('export', '--verify', name);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(`error ${join(cwd, name)} cannot be checked: ${why}.\n`);
  });

  it('is no archive when it is something else', async () => {
    writeFileSync(join(cwd, 'text'), 'Hello');
    const { exitCode, stderr } = await run('export', '--verify', 'text');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error This is no archive that Mission Control wrote: .*[^.]\.\n$/u);
  });
});

describe('an empty name', () => {
  it.each([
    [['why', 'm-done', ''], '<what> is empty: say which one is meant.'],
    [['show', ' '], '<id> is empty: say which one is meant.'],
    [['feature', 'skip', 'm-done', '', '--reason', 'r'], '<feature> is empty: say which one is meant.'],
  ])('in %j is refused before anything is asked', async (argv, message) => {
    const { exitCode, stderr } = await run(...argv, '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE', message } });
  });
});
