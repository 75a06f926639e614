import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { SandboxSession, SessionOptions } from '../sandbox.ts';

const timeoutMs = 30_000;
let sandbox: TestSandbox;
let session: SandboxSession;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());

async function open(options: Partial<SessionOptions> = {}): Promise<void> {
  session = await sandbox.open(options);
}

/** The service goes on: the same session and a new one run commands, and nothing of what was killed is left. */
async function expectHealthy(marker: string): Promise<void> {
  expect((await session.run({ command: 'echo well', timeoutMs })).stdout).toBe('well\n');
  await session.close();
  await open();
  expect((await session.run({ command: 'echo well', timeoutMs })).stdout).toBe('well\n');
  await session.close();
  const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(marker));
  expect(left).toEqual([]);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

describe('a command that', () => {
  it('prints a gigabyte is killed for its output, of which head and tail are kept', async () => {
    await open();
    const result = await session.run({ command: 'echo mark-71; yes mark-71 | head -c 1G', timeoutMs });
    expect(result).toMatchObject({ killedBy: 'output', exitCode: undefined, truncated: true });
    expect(result.stdout.length).toBeLessThan(300_000);
    await expectHealthy('mark-71');
  });

  it('never ends, and ignores every signal, is killed when its time is over', async () => {
    await open();
    const command = `trap '' TERM INT HUP; echo mark-72; while :; do sleep 0.1; done`;
    const result = await session.run({ command, timeoutMs: 700 });
    expect(result).toMatchObject({ killedBy: 'timeout', timedOut: true, stdout: 'mark-72\n' });
    await expectHealthy('mark-72');
  });

  it('forks for ever is held by the number of processes', async () => {
    await open({ limits: { processes: 100 } });
    const command = 'f() { f mark-73 | f mark-73 & }; f; sleep 0.5; echo mark-73; exit 3';
    const result = await session.run({ command, timeoutMs: 10_000 });
    expect([3, 1, 254, undefined]).toContain(result.exitCode);
    expect(result.stderr).toMatch(/fork|Resource temporarily unavailable/);
    await expectHealthy('mark-73');
  });

  it('kills its parent, and everything it can, ends only itself', async () => {
    await open();
    const server = await session.start({ command: 'sleep 74.74' });
    const result = await session.run({ command: 'kill -9 $PPID; kill -9 -1; kill -9 1; echo on', timeoutMs });
    expect(result.exitCode === 0 || result.exitCode === 137).toBe(true);
    expect(server.alive()).toBe(true);
    await expectHealthy('74.74');
  });

  it('fills its workspace is killed for the disk, after which one can delete what it wrote', async () => {
    await open({ limits: { workspaceBytes: 48 * 1024 ** 2 } });
    const fill = 'for i in $(seq 1 2000); do head -c 4M /dev/urandom > "big-$i"; done; echo mark-75';
    expect(await session.run({ command: fill, timeoutMs })).toMatchObject({ killedBy: 'disk', stdout: '' });
    const clear = await session.run({ command: 'sleep 2.5; rm big-*; ls', timeoutMs });
    expect(clear).toMatchObject({ exitCode: 0, stdout: '' });
    expect(
      (await session.run({ command: 'head -c 8M /dev/zero > small; sleep 1.5', timeoutMs })).exitCode,
    ).toBe(0);
    await expectHealthy('mark-75');
  });

  it('opens files for ever is refused more than its share', async () => {
    await open({ limits: { openFiles: 64 } });
    const script = `const { openSync } = require('fs'); for (;;) openSync('/dev/null')`;
    const result = await session.run({ command: ['node', '-e', script], timeoutMs });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('EMFILE');
    await expectHealthy('openSync');
  });

  it.each([
    ['looks into another process', { x64: '101, 0, 0, 0, 0', arm64: '117, 0, 0, 0, 0' }, 1],
    ['asks for a key of the kernel', { x64: '250, 0, 0, 0, 0', arm64: '219, 0, 0, 0, 0' }, 1],
    ['sets up an io_uring', { x64: '425, 1, 0', arm64: '425, 1, 0' }, 38],
    [
      'calls the hypervisor, past every network namespace',
      { x64: '41, 40, 1, 0', arm64: '198, 40, 1, 0' },
      97,
    ],
    ['opens a local socket', { x64: '41, 1, 1, 0', arm64: '198, 1, 1, 0' }, 0],
  ])('%s is answered by the filter of system calls', async (_, calls, errno) => {
    await open();
    const call = calls[process.arch as keyof typeof calls];
    const command = ['perl', '-e', `print syscall(${call}) < 0 ? $! + 0 : 0`] as const;
    expect((await session.run({ command, timeoutMs })).stdout).toBe(String(errno));
    await session.close();
  });

  it('writes outside, or plants hooks in the .git of its workspace, changes nothing', async () => {
    const workspace = await sandbox.workspace('hooked');
    const made = await sandbox.open({ workspace });
    await made.run({ command: 'mkdir .git', timeoutMs });
    await made.close();
    await open({ workspace });
    const command =
      'for f in .git/hooks/post-commit /etc/cron.d/x /usr/bin/x /opt/toolchain/bin/x ../x; do { mkdir -p "$(dirname $f)"; echo evil > $f; } 2>/dev/null && echo "wrote $f"; done; mv .git away 2>/dev/null || echo done';
    expect((await session.run({ command, timeoutMs })).stdout).toBe('done\n');
    expect(readdirSync(join(workspace, '.git'))).toEqual([]);
    await expectHealthy('cron.d');
  });
});
