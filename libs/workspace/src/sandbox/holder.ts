import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { DomainError } from '@missions/kernel';
import { rootArguments, type RootOptions } from './root-filesystem.ts';
import { spawnIdentity, type SandboxUser } from './sandbox-user.ts';

const startLimitMs = 10_000;
const stderrLimit = 4_096;

/**
 * The process whose namespaces are the session: user, mount, network (loopback only) and process ids. It is the first
 * process of its process namespace, so when it dies the kernel kills every process of the session before it is reaped.
 */
export interface Holder {
  readonly pid: number;
  /** Resolves when the holder and, with it, every process of the session is gone. */
  readonly gone: Promise<void>;
  readonly kill: () => void;
}

export interface HolderOptions extends RootOptions {
  readonly user: SandboxUser;
}

type HolderProcess = ChildProcess & {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly stdio: readonly [Writable, Readable, Readable, Writable, Readable];
};

/** It lives until it is killed, its standard input ends, or the service dies, whichever is first. */
export async function startHolder(options: HolderOptions): Promise<Holder> {
  const child = spawn(options.bwrap, ['--args', '3', '--json-status-fd', '4', '--', '/bin/cat'], {
    ...spawnIdentity(options.user),
    env: {},
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  }) as HolderProcess;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  sendArguments(child, holderArguments(options));
  try {
    const pid = await startedPid(child);
    return {
      pid,
      gone,
      kill: () => {
        killHolder(child, pid);
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function holderArguments(options: HolderOptions): string[] {
  return [
    ...[
      '--unshare-user',
      '--unshare-pid',
      '--unshare-net',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ],
    ...['--die-with-parent', '--hostname', 'sandbox'],
    ...rootArguments(options),
  ];
}

/** Arguments travel through a descriptor: on the command line every user of the host could read them. */
export function sendArguments(child: ChildProcess, args: readonly string[]): void {
  if (args.some((argument) => argument.includes('\0')))
    throw new DomainError('SANDBOX_REQUEST', 'A path or an environment value holds a NUL character.');
  sendBytes(child, 3, args.map((argument) => `${argument}\0`).join(''));
}

export function sendBytes(child: ChildProcess, descriptor: number, bytes: string | Uint8Array): void {
  const channel = (child.stdio as readonly unknown[])[descriptor] as Writable;
  channel.on('error', () => undefined); // The child may die before it reads; its exit says so.
  channel.end(bytes);
}

/**
 * The first process inside is killed, not bubblewrap's outer one: that one then ends by itself, and only after the
 * kernel has ended every process of the session.
 */
function killHolder(child: HolderProcess, pid: number): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // It ended in between; the outer process is about to.
  }
}

/** The pid is known before the file system is built; only the echo of the holder's own program shows that it stands. */
async function startedPid(child: HolderProcess): Promise<number> {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(0, stderrLimit)));
  const started = await standing(child);
  if (typeof started === 'number') return started;
  const detail = stderr.trim() || started;
  throw new DomainError('SANDBOX_FAULT', `The sandbox session did not start: ${detail}`, { detail });
}

/**
 * Resolves with the pid once it was told and the program inside answered, else with what went wrong. Told first, the pid
 * may still be read last: the two come by different pipes.
 */
function standing(child: HolderProcess): Promise<number | string> {
  child.stdin.on('error', () => undefined);
  child.stdin.write('\n');
  return new Promise((resolve) => {
    let status = '';
    let echoed = false;
    const settle = (outcome: number | string): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      settle('no answer in time');
    }, startLimitMs);
    const look = (): void => {
      const pid = /"child-pid":\s*(\d+)/.exec(status)?.[1];
      if (echoed && pid !== undefined) settle(Number(pid));
    };
    child.stdio[4].on('data', (chunk: Buffer) => {
      status += chunk.toString();
      look();
    });
    child.stdout.once('data', () => {
      echoed = true;
      look();
    });
    child.once('error', (error) => {
      settle(error.message);
    });
    child.once('close', () => {
      settle('it ended at once');
    });
  });
}
