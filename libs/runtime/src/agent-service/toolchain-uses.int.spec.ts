import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markToolchainUse, removeUnusedToolchains } from './toolchain-uses.ts';

const now = Date.now();
const dayMs = 24 * 3_600_000;
let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'missions-toolchains-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

function lay(name: string, ageDays: number): string {
  const path = join(stateDir, 'toolchain', name);
  mkdirSync(join(path, 'bin'), { recursive: true });
  writeFileSync(join(path, 'bin', 'node'), 'x');
  const at = new Date(now - ageDays * dayMs);
  utimesSync(path, at, at);
  return path;
}

describe('a copy of the toolchain', () => {
  it('goes when it is old and no living process uses it', async () => {
    const [old, draft] = [lay('node-v24.1.0-abc', 8), lay('draft-1', 9)];
    lay('node-v24.2.0-abc', 8);
    lay('node-v24.3.0-abc', 6);
    lay('draft-2', 0);
    await markToolchainUse(stateDir, 'node-v24.2.0-abc');
    expect((await removeUnusedToolchains(stateDir, now)).toSorted()).toEqual([draft, old].toSorted());
    expect(readdirSync(join(stateDir, 'toolchain')).toSorted()).toEqual([
      'draft-2',
      'node-v24.2.0-abc',
      'node-v24.3.0-abc',
    ]);
  });

  it('goes when the process that used it is gone', async () => {
    const old = lay('node-v24.1.0-abc', 8);
    await markToolchainUse(stateDir, 'node-v24.1.0-abc');
    const uses = join(stateDir, 'toolchain-uses');
    const [use = ''] = readdirSync(uses);
    const ended = use.replace(/\.([0-9a-z]+)_([0-9a-z]+)_/, '.$1_1_');
    writeFileSync(join(uses, ended), '');
    expect(await removeUnusedToolchains(stateDir, now)).toEqual([]);
    rmSync(join(uses, use));
    writeFileSync(join(uses, ended), '');
    expect(await removeUnusedToolchains(stateDir, now)).toEqual([old]);
    expect(readdirSync(uses)).toEqual([]);
  });

  it('is no trouble where there is none yet', async () => {
    expect(await removeUnusedToolchains(join(stateDir, 'fresh'), now)).toEqual([]);
  });
});
