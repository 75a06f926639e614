import { spawn, type ChildProcess } from 'node:child_process';
import { collectOutput, type CollectedOutput } from './collect-output.ts';

/** One Git process: argv only, an environment of its own, and an end. */
export interface GitCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: Uint8Array | string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  /** Stop Git at the output limit and keep what came, instead of failing. */
  readonly keepTruncated?: boolean;
  /** The user to run as, when the supervisor is root and the repository belongs to somebody else. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly signal?: AbortSignal | undefined;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** Git could not be run, or failed in a way no rule expects. */
export class GitFault extends Error {
  constructor(
    readonly command: string,
    readonly exitCode: number | undefined,
    readonly stderr: string,
  ) {
    super(`git ${command} failed (${String(exitCode ?? 'killed')}): ${stderr.trim().slice(-2_000)}`);
    this.name = 'GitFault';
  }
}

const MAX_STDERR_BYTES = 64 * 1024;

/**
 * Runs Git to its end, in a process group of its own that is killed on timeout, abort, or too much output.
 * Resolves with any exit code; rejects with a `GitFault` when it had to be killed, with the signal's reason on abort.
 */
export async function runGit(call: GitCall): Promise<GitResult> {
  call.signal?.throwIfAborted();
  const child = spawn('git', [...call.args], {
    cwd: call.cwd,
    env: { ...call.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(call.owner === undefined ? {} : call.owner),
  });
  const stopped = stopOn(call, child);
  const stdout = collectOutput(child.stdout, call.maxOutputBytes, () => {
    stopped.stop('output');
  });
  const stderr = collectOutput(child.stderr, MAX_STDERR_BYTES);
  // Git may end before it read all of its input; its exit code tells why, not the broken pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(call.stdin ?? '');
  try {
    const exitCode = await exitOf(child);
    return resultOf(call, { exitCode, stdout, stderr, stoppedBy: stopped.reason() });
  } finally {
    stopped.release();
  }
}

type StopReason = 'timeout' | 'abort' | 'output';

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: CollectedOutput;
  readonly stderr: CollectedOutput;
  readonly stoppedBy: StopReason | undefined;
}

function resultOf(call: GitCall, ended: Ended): GitResult {
  const command = commandName(call.args);
  const stderr = ended.stderr.bytes().toString('utf8');
  if (ended.stoppedBy === 'abort') throw abortReason(call.signal);
  if (ended.stoppedBy === 'timeout') {
    throw new GitFault(command, undefined, `it took longer than ${String(call.timeoutMs)} ms. ${stderr}`);
  }
  const truncated = ended.stoppedBy === 'output';
  if (truncated && call.keepTruncated !== true) {
    throw new GitFault(command, undefined, `it wrote more than ${String(call.maxOutputBytes)} bytes.`);
  }
  if (!truncated && ended.exitCode === undefined) throw new GitFault(command, undefined, stderr);
  return { exitCode: ended.exitCode ?? 0, stdout: ended.stdout.bytes(), stderr, truncated };
}

function stopOn(call: GitCall, child: ChildProcess) {
  let reason: StopReason | undefined;
  const stop = (why: StopReason): void => {
    reason ??= why;
    killGroup(child);
  };
  const onAbort = (): void => {
    stop('abort');
  };
  const timer = setTimeout(() => {
    stop('timeout');
  }, call.timeoutMs);
  call.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    stop,
    reason: () => reason,
    release: () => {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** SIGKILL for Git and whatever it started: none of its work outlives the call. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}

function exitOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? undefined);
    });
  });
}

/** The subcommand, for messages: the first argument that is neither `-c` nor its value. */
function commandName(args: readonly string[]): string {
  const index = args.findIndex((arg, position) => !arg.startsWith('-') && args[position - 1] !== '-c');
  return args[index] ?? '';
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('Aborted.');
}
