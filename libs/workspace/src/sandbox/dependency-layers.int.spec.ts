import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { LayerRequest } from '../sandbox-layers.ts';
import { adoptWorkspace } from './adopt-workspace.ts';
import { BubblewrapProvider } from './bubblewrap-provider.ts';
import { layerKey, SandboxedLayers } from './dependency-layers.ts';
import { openEgressProxy } from './egress-proxy.ts';
import { sandboxUser } from './sandbox-user.ts';
import { prepareToolchain } from './toolchain.ts';

let sandbox: TestSandbox;
let layers: SandboxedLayers;
let snapshot: string;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
  layers = new SandboxedLayers({ stateDir: sandbox.dir, provider: sandbox.provider, user: sandbox.user });
  snapshot = join(sandbox.dir, 'snapshot');
  mkdirSync(join(snapshot, 'src'), { recursive: true });
  writeFileSync(join(snapshot, 'lock'), 'original');
  writeFileSync(join(snapshot, 'src', 'a.txt'), 'a');
}, 180_000);
afterAll(() => sandbox.end());

let made = 0;
function request(command: string, key = `key-${String((made += 1))}`): LayerRequest {
  return { key, command, snapshot, timeoutMs: 20_000, signal: AbortSignal.timeout(60_000) };
}

const install =
  'cat lock && mkdir -p node_modules/dep src && echo dep > node_modules/dep/index.js && ln -s dep node_modules/link && echo changed > lock && echo built > src/built.txt && echo cached > $HOME/cache && echo noise >&2';

describe('a dependency layer', () => {
  it('keeps what the set-up added, and nothing of the repository or the cache', async () => {
    const layer = await layers.prepare(request(install));
    expect(readdirSync(layer.layerDir).sort()).toEqual(['node_modules', 'src']);
    expect(readdirSync(join(layer.layerDir, 'src'))).toEqual(['built.txt']);
    expect(layer.log).toContain('original');
    expect(layer.log).toContain('noise');
    expect(readFileSync(join(snapshot, 'lock'), 'utf8')).toBe('original');
    expect(readdirSync(join(sandbox.dir, 'layers')).filter((name) => name.startsWith('draft'))).toEqual([]);
  });

  it('is built once for its key', async () => {
    const first = await layers.prepare(request('date +%N > stamp', 'once'));
    const stamp = readFileSync(join(first.layerDir, 'stamp'), 'utf8');
    const again = await layers.prepare(request('exit 1', 'once'));
    expect(readFileSync(join(again.layerDir, 'stamp'), 'utf8')).toBe(stamp);
  });

  it('is copied into a workspace, whose own files and later changes stay apart', async () => {
    const layer = await layers.prepare(request(install));
    const workspace = await sandbox.workspace();
    mkdirSync(join(workspace, 'src'));
    writeFileSync(join(workspace, 'src', 'built.txt'), 'mine');
    await adoptWorkspace(workspace, sandbox.user.uid);
    await layers.copyInto(layer, workspace);
    expect(readFileSync(join(workspace, 'node_modules/dep/index.js'), 'utf8')).toBe('dep\n');
    expect(readlinkSync(join(workspace, 'node_modules/link'))).toBe('dep');
    expect(readFileSync(join(workspace, 'src/built.txt'), 'utf8')).toBe('mine');
    const session = await sandbox.open({ workspace });
    await session.run({ command: 'echo poisoned > node_modules/dep/index.js', timeoutMs: 10_000 });
    expect(readFileSync(join(layer.layerDir, 'node_modules/dep/index.js'), 'utf8')).toBe('dep\n');
  });

  it('never leads the engine through a link of the workspace', async () => {
    const layer = await layers.prepare(request(install));
    const workspace = await sandbox.workspace();
    const outside = join(sandbox.dir, 'outside');
    mkdirSync(outside, { recursive: true });
    symlinkSync(outside, join(workspace, 'node_modules'));
    await adoptWorkspace(workspace, sandbox.user.uid);
    await expect(layers.copyInto(layer, workspace)).rejects.toMatchObject({ code: 'ENVIRONMENT' });
    expect(readdirSync(outside)).toEqual([]);
  });

  it('keeps in its log what the set-up asked of the way out', async () => {
    const proxy = await openEgressProxy({
      socketPath: join(sandbox.dir, 'layer-egress.sock'),
      uid: sandbox.user.uid,
      allow: [],
      onRequest: () => undefined,
    });
    const asking = request('curl -s http://packages.test/a http://packages.test/b; true');
    const { log } = await layers.prepare({ ...asking, egress: proxy });
    await proxy.close();
    expect(log).toContain('egress: packages.test:80 refused (not_listed), 2 times\n');
  });

  it('is built as the owner of its snapshot, and read by missions that have other users', async () => {
    if (process.getuid?.() !== 0) return;
    const [stateDir, bwrap] = [sandbox.dir, await findTool('bwrap')];
    const toolchain = await prepareToolchain(stateDirectory());
    const uids = { first: 64_970, count: 3 };
    const provider = new BubblewrapProvider({ stateDir, bwrap, toolchain, uids });
    const shared = new SandboxedLayers({ stateDir, provider, user: sandboxUser(uids.first) });
    const mine = await sandbox.workspace('mine');
    writeFileSync(join(mine, 'lock'), 'original');
    await adoptWorkspace(mine, 64_971);
    const layer = await shared.prepare({ ...request(`umask 077; id -u; ${install}`), snapshot: mine });
    expect(layer.log).toContain('64971');
    const yours = await sandbox.workspace('yours');
    await adoptWorkspace(yours, 64_972);
    await shared.copyInto(layer, yours);
    expect(readFileSync(join(yours, 'node_modules/dep/index.js'), 'utf8')).toBe('dep\n');
    expect(statSync(join(yours, 'node_modules/dep/index.js')).uid).toBe(64_972);
  });

  it('is refused with its log, and not kept, when the set-up fails', async () => {
    const failing = request('echo why; exit 9');
    await expect(layers.prepare(failing)).rejects.toMatchObject({
      code: 'ENVIRONMENT',
      evidence: { exitCode: 9, log: expect.stringContaining('why') as string },
    });
    expect(existsSync(join(sandbox.dir, 'layers', failing.key))).toBe(false);
  });

  it('has a key that changes with command, lockfile and programs, not with the order of files', () => {
    const key = layerKey('npm ci', { a: '1', b: '2' }, 'node-24');
    expect(layerKey('npm ci', { b: '2', a: '1' }, 'node-24')).toBe(key);
    expect(
      new Set([
        key,
        layerKey('npm i', { a: '1', b: '2' }, 'node-24'),
        layerKey('npm ci', { a: '1', b: '3' }, 'node-24'),
        layerKey('npm ci', { a: '1', b: '2' }, 'node-25'),
      ]).size,
    ).toBe(4);
  });
});
