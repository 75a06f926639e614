import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findTool, stateDirectory } from '@missions/local';
import { testBrowser } from '../conformance/test-sandbox.ts';
import type { CommandResult, ProbeReport } from '../sandbox.ts';
import type { SeenPage } from '../sandbox-browser.ts';
import { prepareToolchain } from './toolchain.ts';

/** Belongs to nobody; root becomes it, anybody else tests as themselves. */
const ordinaryUid = process.getuid?.() === 0 ? 61_234 : (process.getuid?.() ?? 0);
const sources = fileURLToPath(new URL('../', import.meta.url));
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'missions-user-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Outcome {
  readonly report: ProbeReport;
  readonly result: CommandResult;
  readonly seen: SeenPage;
}

/** The sources are copied, for the checkout may lie below a directory that is closed to this user. */
function layOutSources(): string {
  const kernel = fileURLToPath(new URL('../../../kernel', import.meta.url));
  cpSync(sources, join(dir, 'workspace'), { recursive: true });
  cpSync(kernel, join(dir, 'kernel'), { recursive: true, filter: (path) => !/(dist|out-tsc)$/.test(path) });
  mkdirSync(join(dir, 'node_modules', '@missions'), { recursive: true });
  symlinkSync('../../kernel', join(dir, 'node_modules', '@missions', 'kernel'));
  for (const name of ['zod', 're2js', 'playwright-core', 'axe-core'])
    cpSync(packageDir(name), join(dir, 'node_modules', name), { recursive: true });
  const script = join(dir, 'try.ts');
  writeFileSync(script, trial);
  return script;
}

function packageDir(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  return entry.slice(0, entry.lastIndexOf(`/node_modules/${name}/`)) + `/node_modules/${name}`;
}

const trial = `
import { mkdirSync, mkdtempSync } from 'node:fs';
import { BubblewrapProvider, hostBrowser } from './workspace/sandbox/index.ts';
const [bwrap, dir, key, state, configured] = process.argv.slice(2);
const workspace = state + '/workspace';
mkdirSync(workspace, { recursive: true });
const findBrowser = hostBrowser({ stateDir: state, env: {}, configured, say: () => undefined });
const provider = new BubblewrapProvider({ stateDir: state, bwrap, toolchain: { dir, key }, findBrowser });
const report = await provider.probe(AbortSignal.timeout(20000));
const session = await provider.openSession({ id: 'user', workspace });
const result = await session.run({ command: 'id -u; echo x > made; ls /root 2>&1; ls /tmp', timeoutMs: 10000 });
const browser = await session.openBrowser();
await browser.act({ action: 'goto', url: 'about:blank' }, { timeoutMs: 10000 });
const seen = await browser.look({ timeoutMs: 10000 });
await session.close();
console.log(JSON.stringify({ report, result, seen }));
`;

describe('a service started by an ordinary user', () => {
  it('sandboxes under that very user, with the same probes', async () => {
    const state = join(dir, 'state');
    mkdirSync(state);
    const toolchain = await prepareToolchain(stateDirectory());
    const { program } = await testBrowser(stateDirectory());
    const script = layOutSources();
    await promisify(execFile)('chmod', ['-R', 'a+rX', dir]);
    chmodSync(state, 0o777);
    const id = String(ordinaryUid);
    const identity =
      process.getuid?.() === 0 ? ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--'] : [];
    const flags = [
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      '--conditions=@missions/source',
    ];
    const node = [join(toolchain.dir, 'bin', 'node'), ...flags, script];
    const [file, ...args] = [
      ...identity,
      ...node,
      await findTool('bwrap'),
      toolchain.dir,
      toolchain.key,
      state,
      program,
    ];
    const { stdout } = await promisify(execFile)(file, args, { cwd: dir, env: {}, timeout: 60_000 });
    const { report, result, seen } = JSON.parse(stdout) as Outcome;
    expect(report.probes.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, provider: 'bubblewrap' });
    expect(result.exitCode).toBe(0);
    expect(result.stdout.split('\n')).toEqual([id, expect.stringContaining('/root'), 'home', '']);
    expect(seen).toMatchObject({ url: 'about:blank', consoleErrorCount: 0 });
  }, 300_000);
});
