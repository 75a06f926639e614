import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { SandboxSession } from '../sandbox.ts';
import { adoptWorkspace } from './adopt-workspace.ts';
import { openEgressProxy } from './egress-proxy.ts';
import { ExternalProvider, type ExternalProviderOptions } from './external-provider.ts';
import { runtimeVerdict } from './pod-runtime.ts';
import { podVerdicts, type PodFacts } from './pod-verdicts.ts';
import { prepareToolchain, type Toolchain } from './toolchain.ts';

const isRoot = process.getuid?.() === 0;
const timeoutMs = 20_000;
/** A user of its own: what is left of it is ended with its last session. */
const uids = { first: 64_960, count: 2 };
const gvisorVersion = 'Linux version 4.19.0-gvisor #1 SMP Sun Jan 10 15:06:54 PST 2016';
let sandbox: TestSandbox;
let toolchain: Toolchain;
/** Answers nobody: it was closed again. Tests go to no address but loopback. */
let closedPort: number;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
  toolchain = await prepareToolchain(stateDirectory());
  const server = createServer();
  await listening(server);
  closedPort = portOf(server);
  await new Promise((resolve) => server.close(resolve));
}, 180_000);
afterAll(() => sandbox.end());

/** No gVisor runs here: its sign is planted, all else is measured on this machine. */
function provider(change: Partial<ExternalProviderOptions> = {}): ExternalProvider {
  const readSign = (): Promise<string> => Promise.resolve(gvisorVersion);
  return new ExternalProvider({
    stateDir: sandbox.dir,
    toolchain,
    uids,
    podRuntime: 'gvisor',
    readSign,
    metadata: { host: '127.0.0.1', port: closedPort },
    ...change,
  });
}

async function openIn(pod: ExternalProvider, options: object = {}): Promise<SandboxSession> {
  const workspace = await sandbox.workspace();
  await adoptWorkspace(workspace, uids.first);
  return pod.openSession({ id: 'pod', workspace, ...options });
}

describe('a pod as the sandbox', () => {
  it.each([
    ['without the word of an admin', { podRuntime: undefined }, 'MISSIONS_SANDBOX_RUNTIME'],
    ['when the word names nothing that isolates', { podRuntime: 'docker' }, 'MISSIONS_SANDBOX_RUNTIME'],
    [
      'when the kernel is not the one that was named',
      { readSign: () => Promise.resolve('Linux version 6.1.0 (debian)') },
      'isolated kernel',
    ],
  ])('opens no session %s', async (_, change, named) => {
    const pod = provider(change);
    await expect(openIn(pod)).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    await expect(openIn(pod)).rejects.toThrow(named);
  });

  it('opens none when the service would share its user with the commands', async () => {
    if (isRoot) return;
    expect((await provider().probe(AbortSignal.timeout(timeoutMs))).ok).toBe(false);
  });

  it('is measured: every probe holds here, each with its marker', async () => {
    if (!isRoot) return;
    const report = await provider().probe(AbortSignal.timeout(timeoutMs));
    expect(report.probes.filter(({ ok, marker }) => !ok || marker === undefined)).toEqual([]);
    expect(report).toMatchObject({ ok: true, provider: 'external', unsandboxed: false });
    expect(report.probes.length).toBeGreaterThanOrEqual(10);
  });

  it('opens no session where the credentials of the cloud can be reached', async () => {
    if (!isRoot) return;
    const metadata = createServer();
    await listening(metadata);
    const pod = provider({ metadata: { host: '127.0.0.1', port: portOf(metadata) } });
    await expect(openIn(pod)).rejects.toThrow("the cloud's metadata");
    await new Promise((resolve) => metadata.close(resolve));
  });

  it('runs commands under limits as another user, and leaves none of them, also not one that left its group', async () => {
    if (!isRoot) return;
    const session = await openIn(provider(), { limits: { openFiles: 77, fileSizeBytes: 4096 } });
    const command = `id -u; ulimit -n; head -c 9000 /dev/zero > big; grep NoNewPrivs /proc/self/status; cat /proc/${String(process.pid)}/environ; setsid sleep 271.81 & exit 0`;
    const result = await session.run({ command, timeoutMs });
    expect(result.stdout).toBe('64960\n77\nNoNewPrivs:\t1\n');
    expect(result.stderr).toMatch(/Permission denied/);
    expect((await session.run({ command: 'wc -c < big', timeoutMs })).stdout).toBe('4096\n');
    expect(spawnSync('pgrep', ['-f', 'sleep 271.81']).status).toBe(0);
    await session.close();
    expect(spawnSync('pgrep', ['-f', 'sleep 271.81']).status).toBe(1);
  });

  it('reaches model providers through the proxy, with the key outside', async () => {
    if (!isRoot) return;
    const keys: unknown[] = [];
    const upstream = createServer((request, response) => {
      keys.push(request.headers['x-api-key']);
      response.end('{}');
    });
    await listening(upstream);
    const proxy = await openEgressProxy({
      socketPath: join(sandbox.dir, 'pod.sock'),
      uid: uids.first,
      allow: [],
      endpoints: [
        {
          name: 'claude',
          protocol: 'anthropic',
          baseUrl: `http://127.0.0.1:${String(portOf(upstream))}`,
          headers: { 'x-api-key': 'sk-outside-1' },
        },
      ],
      onRequest: () => undefined,
    });
    const session = await openIn(provider(), { egress: proxy });
    const { stdout } = await session.run({
      command: 'curl -sS -d {} "$ANTHROPIC_BASE_URL/v1/messages"',
      timeoutMs,
    });
    expect([stdout, keys]).toEqual(['{}', ['sk-outside-1']]);
    await session.close();
    await proxy.close();
    upstream.close();
  });
});

describe('the word of an admin', () => {
  it.each([
    ['gvisor', 'Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016', true],
    ['gvisor', 'Linux version 6.8.0-generic (buildd@x)', false],
    ['kata', 'console=hvc0 systemd.unit=kata-containers.target agent.log=debug', true],
    ['kata', 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet', false],
    ['kata', '', false],
  ])('%s is checked against the kernel: %s', async (runtime, sign, ok) => {
    expect((await runtimeVerdict(runtime, () => Promise.resolve(sign))).ok).toBe(ok);
  });
});

describe('the verdict of the probes in a pod', () => {
  const denied = { errno: 'EACCES' };
  const facts: PodFacts = {
    ids: [64_960, 64_960],
    status: { CapPrm: '00', CapEff: '00', CapAmb: '00', NoNewPrivs: '1' },
    ownEnvironment: { done: 'PATH=x' },
    serviceEnvironment: denied,
    serviceMemory: denied,
    serviceSignal: { errno: 'EPERM' },
    ownSignal: { done: true },
    accountToken: { errno: 'ENOENT' },
    ownFile: { done: true },
    systemWrite: denied,
    largeFile: { errno: 'EFBIG' },
    opened: 100,
    ownListener: 'connected',
    metadata: 'timeout',
  };
  const failed = (change: Partial<PodFacts>): readonly string[] =>
    podVerdicts({ ...facts, ...change }, { uid: 64_960, serviceUid: 0, openFiles: 128 })
      .filter(({ ok }) => !ok)
      .map(({ name }) => name);

  it.each<[string[], Partial<PodFacts>]>([
    [[], {}],
    [['uid'], { ids: [0, 0] }],
    [['uid'], { ids: [64_960, 64_960, 0] }],
    [['capabilities'], { status: { ...facts.status, CapEff: '0400' } }],
    [["the service's secrets"], { serviceEnvironment: { done: 900 } }],
    [["the service's secrets"], { serviceMemory: { done: true } }],
    [["the service's secrets"], { ownEnvironment: denied }],
    [["the service's life"], { serviceSignal: { done: true } }],
    [["the pod's account"], { accountToken: { done: 800 } }],
    [['system files'], { systemWrite: { done: true } }],
    [['file size'], { largeFile: { done: true } }],
    [['open files'], { opened: 148 }],
    [["the cloud's metadata"], { metadata: 'connected' }],
    [["the cloud's metadata"], { ownListener: 'EACCES' }],
    [["the pod's account", 'system files', 'file size'], { ownFile: denied }],
  ])('fails %j when it saw %j', (names, change) => expect(failed(change)).toEqual(names));
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
