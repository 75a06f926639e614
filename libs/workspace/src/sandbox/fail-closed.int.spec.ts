import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { ProbeReport } from '../sandbox.ts';
import { BubblewrapProvider } from './bubblewrap-provider.ts';
import { prepareToolchain, type Toolchain } from './toolchain.ts';

let sandbox: TestSandbox;
let bwrap: string;
/** With bubblewrap in it, so that a weakened one can call the real one from inside as well. */
let toolchain: Toolchain;

beforeAll(async () => {
  bwrap = await findTool('bwrap');
  sandbox = await testSandbox(bwrap, stateDirectory());
  const whole = await prepareToolchain(stateDirectory());
  toolchain = { dir: join(sandbox.dir, 'toolchain'), key: 'test' };
  mkdirSync(toolchain.dir);
  cpSync(whole.dir, toolchain.dir, { recursive: true, verbatimSymlinks: true });
  cpSync(bwrap, join(toolchain.dir, 'bin', 'bwrap'));
}, 180_000);
afterAll(() => sandbox.end());

/** A bubblewrap whose arguments go through a shell function first: `keep` sees each as $a and may skip or add. */
function weakened(name: string, filter: string): BubblewrapProvider {
  const path = join(sandbox.dir, name);
  const script = `#!/bin/bash
inside=/opt/toolchain/bin/bwrap; real=${bwrap}; [ -x $inside ] && real=$inside
args=(); while IFS= read -r -d '' a <&3; do ${filter}; done
exec 3<&-; shift 2; exec "$real" "\${args[@]}" "$@"
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return new BubblewrapProvider({ stateDir: sandbox.dir, bwrap: path, toolchain });
}

const probe = (provider: BubblewrapProvider): Promise<ProbeReport> =>
  provider.probe(AbortSignal.timeout(30_000));
const failedIn = ({ probes }: ProbeReport): readonly string[] =>
  probes.filter(({ ok }) => !ok).map(({ name }) => name);
const keepAll = 'args+=("$a")';

describe('a sandbox that does not hold', () => {
  it('passes through this test unharmed when nothing is weakened', async () => {
    const report = await probe(weakened('intact', keepAll));
    expect(failedIn(report)).toEqual([]);
    expect(report.ok).toBe(true);
  });

  it.each([
    ['--disable-userns', '[ "$a" = --disable-userns ] || args+=("$a")', 'user namespaces'],
    ['--unshare-pid', '[ "$a" = --unshare-pid -a -x $inside ] || args+=("$a")', 'process visibility'],
    [
      '--remount-ro',
      '[ "$a" = --remount-ro ] && { IFS= read -r -d "" a <&3; continue; }; args+=("$a")',
      'read-only files',
    ],
    [
      '--seccomp',
      '[ "$a" = --seccomp ] && { IFS= read -r -d "" a <&3; continue; }; args+=("$a")',
      'system calls',
    ],
    ['--size', '[ "$a" = --size ] && { IFS= read -r -d "" a <&3; continue; }; args+=("$a")', 'size of /tmp'],
    [
      'an extra variable',
      '[ "$a" = --setenv -a -z "$once" ] && { once=1; args+=(--setenv LEAKED key); }; args+=("$a")',
      'environment',
    ],
    [
      "the host's root",
      '[ "$a" = --remount-ro -a -z "$once" ] && { once=1; args+=(--ro-bind-try /root /root); }; args+=("$a")',
      'host files',
    ],
  ])('is found out without %s', async (_, filter, name) => {
    const provider = weakened(`without-${name.replace(/\W/g, '-')}`, filter);
    const report = await probe(provider);
    expect(failedIn(report)).toContain(name);
    expect(report.ok).toBe(false);
    const opened = provider.openSession({ id: 'x', workspace: await sandbox.workspace() });
    await expect(opened).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
  });

  it.each([
    ['is missing', '/nowhere/bwrap'],
    ['does nothing and succeeds', '/bin/true'],
    ['only echoes', '/bin/echo'],
  ])('refuses every session when bubblewrap %s', async (_, path) => {
    const provider = new BubblewrapProvider({ stateDir: sandbox.dir, bwrap: path, toolchain });
    const opened = provider.openSession({ id: 'x', workspace: await sandbox.workspace() });
    await expect(opened).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(failedIn(await probe(provider))).toEqual(['start']);
  });

  it('never becomes root', () => {
    if (process.getuid?.() !== 0) return;
    expect(
      () => new BubblewrapProvider({ stateDir: sandbox.dir, bwrap, toolchain, uids: { first: 0, count: 1 } }),
    ).toThrow('above 0');
  });
});
