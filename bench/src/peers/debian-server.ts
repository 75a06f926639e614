import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FETCH_MS = 120_000;
const STOP_MS = 10_000;

export interface DebianProgram {
  /** The folder below the tools. */
  readonly name: string;
  /** The package of the program and the libraries beside it that a small system lacks. */
  readonly packages: readonly string[];
  readonly path: string;
}

export const etcdProgram: DebianProgram = { name: 'etcd', packages: ['etcd-server'], path: 'usr/bin/etcd' };
export const redisProgram: DebianProgram = {
  name: 'redis',
  packages: ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'],
  path: 'usr/bin/redis-server',
};

export interface FetchInput {
  readonly tools: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Fetches the packages once and unpacks them below the tools; needs no root, installs nothing. */
export async function fetchProgram(
  { name, packages }: DebianProgram,
  { tools, signal, say }: FetchInput,
): Promise<void> {
  const target = join(tools, name);
  if (existsSync(target)) return;
  say(`fetching the Debian package ${packages[0] ?? ''} into ${tools}`);
  mkdirSync(tools, { recursive: true, mode: 0o755 });
  const scratch = mkdtempSync(join(tools, '.fetch-'));
  try {
    await run('apt-get', ['download', ...packages], { cwd: scratch, timeout: FETCH_MS, signal });
    const unpacked = join(scratch, 'unpacked');
    for (const file of readdirSync(scratch).filter((one) => one.endsWith('.deb')))
      await run('dpkg', ['-x', join(scratch, file), unpacked], { timeout: FETCH_MS, signal });
    renameSync(unpacked, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Starts a fetched program with nothing of this process's environment; what it says goes nowhere. */
export function startProgram(
  { name, path }: DebianProgram,
  tools: string,
  args: readonly string[],
): ChildProcess {
  const folder = join(tools, name);
  return spawn(join(folder, path), args, {
    stdio: 'ignore',
    env: { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: join(folder, 'usr/lib', libraryFolder()) },
  });
}

export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(kill);
}

function libraryFolder(): string {
  return process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
}
