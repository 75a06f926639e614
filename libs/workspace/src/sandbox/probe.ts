import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import type { ProbeResult, SandboxLimits, SandboxSession, SessionOptions } from '../sandbox.ts';
import { adoptWorkspace } from './adopt-workspace.ts';
import { probeVerdicts, type CanaryFacts } from './probe-verdicts.ts';
import { insidePaths } from './root-filesystem.ts';
import type { SandboxUser } from './sandbox-user.ts';
import { userNamespaceHint } from './user-namespaces.ts';

const probeLimitMs = 20_000;
const probeLimits: Partial<SandboxLimits> = {
  fileSizeBytes: 2 * 1024 ** 2,
  tmpBytes: 16 * 1024 ** 2,
  processes: 60,
  openFiles: 128,
  cpuSec: 600,
};
const sessionVariables = [
  'HOME',
  'LANG',
  'LOGNAME',
  'OLDPWD',
  'PATH',
  'PWD',
  'SHELL',
  'SHLVL',
  'TERM',
  'TMPDIR',
  'USER',
  '_',
];

export interface ProbeOptions {
  readonly stateDir: string;
  readonly user: SandboxUser;
  readonly open: (options: SessionOptions) => Promise<SandboxSession>;
  readonly signal: AbortSignal;
}

/** Opens a session around canaries and judges what they could do; a sandbox that cannot start is one failed probe. */
export async function probeSandbox(options: ProbeOptions): Promise<readonly ProbeResult[]> {
  const nonce = randomUUID();
  const dir = join(options.stateDir, 'sandbox', `probe-${nonce}`);
  const listener = await listen();
  try {
    return await runCanary(options, { nonce, dir, port: (listener.address() as AddressInfo).port });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const hint = userNamespaceHint();
    return [{ name: 'start', ok: false, marker: undefined, detail: hint ? `${detail} ${hint}` : detail }];
  } finally {
    listener.close();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Canary {
  readonly nonce: string;
  readonly dir: string;
  readonly port: number;
}

async function runCanary(options: ProbeOptions, canary: Canary): Promise<readonly ProbeResult[]> {
  const { user, signal } = options;
  const workspace = await layOutProbe(canary, user);
  const hostFile = join(canary.dir, 'host-file');
  const hostReached = (await reaches(canary.port)) && (await readFile(hostFile, 'utf8')) === canary.nonce;
  const session = await options.open({ id: `probe-${canary.nonce}`, workspace, limits: probeLimits, signal });
  try {
    const facts = await canaryFacts(session, { ...canary, hostFile });
    const exitCode = await session.run({ command: 'exit 7', timeoutMs: probeLimitMs, signal });
    const { tmpBytes = 0, processes = 0, openFiles = 0, cpuSec = 0 } = probeLimits;
    const expected = {
      nonce: canary.nonce,
      user,
      environment: sessionVariables,
      tmpBytes,
      processes,
      openFiles,
      cpuSec,
      outerFilters: await outerFilters(),
      hostReached,
    };
    const ended = {
      name: 'exit code',
      ok: exitCode.exitCode === 7,
      marker: 'a command ended',
      detail: String(exitCode.exitCode),
    };
    return [...probeVerdicts(facts, expected), ended];
  } finally {
    await session.close();
  }
}

async function layOutProbe({ dir, nonce }: Canary, user: SandboxUser): Promise<string> {
  const workspace = join(dir, 'workspace');
  await mkdir(join(workspace, '.git'), { recursive: true });
  await chmod(dir, 0o711);
  await writeFile(join(dir, 'host-file'), nonce);
  await chmod(join(dir, 'host-file'), 0o644);
  await adoptWorkspace(workspace, user.uid);
  return workspace;
}

async function canaryFacts(
  session: SandboxSession,
  canary: Canary & { readonly hostFile: string },
): Promise<CanaryFacts> {
  const { fileSizeBytes, processes, openFiles } = probeLimits;
  const expected = {
    nonce: canary.nonce,
    hostPort: canary.port,
    hostFile: canary.hostFile,
    workspace: insidePaths.workspace,
    fileSizeBytes,
    processes,
    openFiles,
  };
  const script = `${insidePaths.toolchain}/missions/inside/canary.js`;
  const result = await session.run({
    command: [`${insidePaths.toolchain}/bin/node`, script, JSON.stringify(expected)],
    timeoutMs: probeLimitMs,
  });
  try {
    return JSON.parse(result.stdout) as CanaryFacts;
  } catch (cause) {
    throw new Error(
      `The canary did not report (exit ${String(result.exitCode)}): ${result.stderr.slice(0, 500)}`,
      { cause },
    );
  }
}

/** How many filters of system calls this service itself is under, such as a container's. */
async function outerFilters(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  // Kernels before 5.9 tell only whether there is one.
  return Number(/^Seccomp_filters:\s*(\d+)/m.exec(status)?.[1] ?? /^Seccomp:\s*2/m.test(status));
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function reaches(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
