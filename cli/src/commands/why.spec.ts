import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fact } from '@missions/kernel';
import { builtM1 } from '@missions/mission/testing';
import { FakeMissionControl } from '../conformance/fake-mission-control.ts';
import { runMissions, type Ran } from '../conformance/run-missions.ts';

const observed = ['first line of many', ...Array.from({ length: 60 }, (_, n) => `line ${String(n)}`)].join(
  '\n',
);
const { facts } = builtM1()
  .validated({ measured: { 'VAL-ADD-001': 'fail' } })
  .settled();
const shown = '\u001b[31mred\u001b[0m, as it was printed\n';
const textDigest = `sha256:${'a'.repeat(64)}`;
const bytesDigest = `sha256:${'b'.repeat(64)}`;

let fake: FakeMissionControl;
let api: string;
let cwd: string;

beforeAll(async () => {
  fake = new FakeMissionControl(new Map([['m-long', { facts: facts.map(observedMuch) }]]));
  fake.artifacts.set(textDigest, Buffer.from(shown));
  fake.artifacts.set(bytesDigest, Buffer.from([0x89, 0x50, 0, 0xff]));
  api = await fake.listen();
  cwd = mkdtempSync(join(realpathSync(tmpdir()), 'missions-why-'));
});

afterAll(async () => {
  rmSync(cwd, { recursive: true, force: true });
  await fake.close();
});

function observedMuch(fact: Fact): Fact {
  if (fact.type !== 'AssertionJudged') return fact;
  const evidence = [{ kind: 'output', artifact: textDigest, exitCode: 1, command: 'npm test' }];
  return { ...fact, data: { ...(fact.data as object), observed, evidence } };
}

const run = (...argv: readonly string[]): Promise<Ran> =>
  runMissions(argv, { cwd, env: { MISSIONS_API: api } });

describe('missions why', () => {
  it('says each thing that happened on one line of its own, and that there is more', async () => {
    const { stdout } = await run('why', 'm-long', 'VAL-ADD-001');
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.length > 240)).toEqual([]);
    expect(stdout).toContain('first line of many line 0');
    expect(stdout).not.toContain('line 59');
    expect(stdout).toContain('--full shows all that was observed.');
  });

  it('shows all of it, line by line, where that is asked for', async () => {
    const { stdout } = await run('why', 'm-long', 'VAL-ADD-001', '--full');
    expect(stdout).toContain(': first line of many\n    line 0\n');
    expect(stdout).toContain('\n    line 59\n');
    expect(stdout).not.toContain('--full');
  });

  it('says of each piece of evidence what it is, and how to open it', async () => {
    const { stdout } = await run('why', 'm-long', 'VAL-ADD-001');
    expect(stdout).toContain(
      `evidence (missions artifact DIGEST shows it):\n- VAL-ADD-001 round 1: output of npm test, exit 1: ${textDigest}\n`,
    );
  });
});

describe('missions artifact', () => {
  it('shows text as text, without what would move a cursor', async () => {
    expect((await run('artifact', textDigest)).stdout).toBe('red, as it was printed\n');
    const { stdout } = await run('artifact', textDigest, '--json');
    expect(JSON.parse(stdout)).toEqual({ digest: textDigest, bytes: Buffer.byteLength(shown), text: shown });
  });

  it('puts no bytes on a terminal, but into a file', async () => {
    const { exitCode, stdout, stderr } = await run('artifact', bytesDigest);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`next:  missions artifact ${bytesDigest} --output FILE`);
    expect((await run('artifact', bytesDigest, '--output', 'shot.png')).stdout).toBe(
      `${join(cwd, 'shot.png')}\n`,
    );
    expect([...readFileSync(join(cwd, 'shot.png'))]).toEqual([0x89, 0x50, 0, 0xff]);
    expect((await run('artifact', textDigest, '--output', 'shot.png')).exitCode).toBe(6);
  });

  it('ends with 5 on a digest that nobody knows', async () => {
    const { exitCode } = await run('artifact', `sha256:${'c'.repeat(64)}`, '--output', 'none');
    expect([exitCode, existsSync(join(cwd, 'none'))]).toEqual([5, false]);
  });
});
