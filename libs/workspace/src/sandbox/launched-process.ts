import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { LaunchedProcess } from './confinement.ts';

/** After the process is gone its pipes end at once; this only bounds a kernel that says otherwise. */
const drainLimitMs = 2_000;
const statusLimitBytes = 4_096;

/** 3 takes bubblewrap's arguments, 4 brings its status, 5 the word that the program is about to start. */
type LaunchChannels = readonly [unknown, unknown, unknown, unknown, Readable, Readable];

/** The supervisor's view of one confined process: its streams, its end, and how to end it. */
export function launchedProcess(child: ChildProcess, stdout: Socket, stderr: Socket): LaunchedProcess {
  const channels = child.stdio as unknown as LaunchChannels;
  const status = textOf(channels[4]);
  const marker = textOf(channels[5]);
  return {
    stdin: child.stdin ?? undefined,
    stdout,
    stderr,
    ended: endOf(child, [stdout, stderr]).then(() => ({
      started: marker() !== '',
      exitCode: exitCodeIn(status()),
    })),
    kill: () => {
      killNamespace(child);
    },
  };
}

/** The same view of a process that nothing confines; whoever left its process group escapes the kill. */
export function unconfinedProcess(child: ChildProcess, stdout: Socket, stderr: Socket): LaunchedProcess {
  return {
    stdin: child.stdin ?? undefined,
    stdout,
    stderr,
    ended: endOf(child, [stdout, stderr]).then(() => ({
      started: child.pid !== undefined,
      exitCode: child.exitCode ?? 128 + (child.signalCode === null ? 0 : constants.signals[child.signalCode]),
    })),
    kill: () => {
      if (child.pid !== undefined) kill(-child.pid);
    },
  };
}

async function endOf(child: ChildProcess, streams: readonly Socket[]): Promise<void> {
  const drained = Promise.all(streams.map(streamEnd));
  await closed(child);
  const limit = setTimeout(() => {
    for (const stream of streams) stream.destroy();
  }, drainLimitMs);
  await drained;
  clearTimeout(limit);
}

/**
 * A bubblewrap that was killed in the instant of its start can leave its first child waiting for it, which holds the pipes
 * but never runs the program; it goes with the session.
 */
function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let limit: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(limit);
      resolve();
    };
    child.once('exit', () => {
      limit = setTimeout(settle, drainLimitMs);
    });
    child.once('close', settle);
    child.once('error', settle);
  });
}

function streamEnd(stream: Socket): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', () => {
      resolve();
    });
    stream.on('error', () => undefined);
  });
}

/** Written by bubblewrap's outer process, which lives outside the namespaces of the command. */
function exitCodeIn(status: string): number | undefined {
  const found = /"exit-code":\s*(\d+)/.exec(status)?.[1];
  return found === undefined ? undefined : Number(found);
}

function textOf(stream: Readable): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(0, statusLimitBytes)));
  stream.on('error', () => undefined);
  return () => text;
}

/**
 * Kills the first process of the command's process namespace: the kernel then kills all others and lets nobody see
 * its end before they are gone. While the namespace does not stand yet, the launchers are killed instead.
 */
function killNamespace(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const line = lineOfFirstChildren(child.pid);
  const init = line.find(isFirstOfNamespace);
  if (init !== undefined) {
    kill(init);
    return;
  }
  child.kill('SIGKILL');
  line.forEach(kill);
}

/** The launcher starts bubblewrap, or is it; that one starts the first process of the namespace. */
function lineOfFirstChildren(pid: number): readonly number[] {
  const first = firstChild(pid);
  const second = first === undefined ? undefined : firstChild(first);
  return [first, second].filter((found) => found !== undefined);
}

function isFirstOfNamespace(pid: number): boolean {
  try {
    return /^NSpid:.*\s1$/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false; // Gone.
  }
}

function firstChild(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined; // Gone, or a kernel without this file: the launcher's death ends the namespace too, a little later.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}

/** Under memory pressure the kernel takes a confined process before it takes the supervisor. */
export function preferForOutOfMemory(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    writeFileSync(`/proc/${String(child.pid)}/oom_score_adj`, '500');
  } catch {
    // It ended by itself in between.
  }
}
