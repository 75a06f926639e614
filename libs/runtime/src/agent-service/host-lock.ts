import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { DomainError } from '@missions/kernel';

const waitSeconds = 30;

/**
 * Does its work while no other process of this host that asked for the same file does. The kernel holds the lock for
 * `flock`, which ends when this process does, however it ends; node itself cannot lock a file.
 */
export async function underHostLock<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const args = ['--exclusive', '--timeout', String(waitSeconds), path, 'cat'];
  const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/' });
  const ended = new Promise<void>((resolve) => {
    holder.once('close', () => {
      resolve();
    });
    holder.once('error', () => {
      resolve();
    });
  });
  try {
    await locked(holder, ended, path);
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

/** `cat` answers only once flock has the lock and started it. */
async function locked(
  holder: ChildProcessByStdio<Writable, Readable, null>,
  ended: Promise<void>,
  path: string,
): Promise<void> {
  holder.stdin.on('error', () => undefined); // It may end before it reads; `ended` says so.
  holder.stdin.write('\n');
  const answered = new Promise<boolean>((resolve) => {
    holder.stdout.once('data', () => {
      resolve(true);
    });
    void ended.then(() => {
      resolve(false);
    });
  });
  if (await answered) return;
  throw new DomainError(
    'SANDBOX_UNAVAILABLE',
    `${path} could not be locked within ${String(waitSeconds)} s; flock (of util-linux) must be installed.`,
    { path },
  );
}
