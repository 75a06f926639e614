import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { identityOf, type ProcessIdentity } from './process-identity.ts';
import type { UserIds } from './state-directory.ts';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Output is appended here; the file is the only place the server's last words can be read from. */
  readonly logFile: string;
  readonly user?: UserIds | undefined;
  /** Told at once, before the server is ready: a starter killed meanwhile then leaves nothing unknown behind. */
  readonly onSpawn?: ((identity: ProcessIdentity) => void) | undefined;
}

/** A server that outlives its starter: it has its own session and writes to a file, never to a pipe. */
export interface ServerProcess {
  readonly identity: ProcessIdentity;
  /** Aborted when the process has exited. */
  readonly exited: AbortSignal;
}

/** Starts a server detached from this process; rejects when the program cannot be started at all. */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const log = openSync(command.logFile, 'a', 0o600);
  try {
    const child = spawn(command.program, [...command.args], {
      cwd: '/',
      detached: true,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...command.env },
      stdio: ['ignore', log, log],
      ...command.user,
    });
    const exit = new AbortController();
    child.once('exit', () => {
      exit.abort();
    });
    await started(child);
    child.unref();
    const identity = identityOfChild(child.pid);
    command.onSpawn?.(identity);
    return { identity, exited: exit.signal };
  } finally {
    closeSync(log);
  }
}

/** The last lines of a log, for the message of an error. */
export function tailOf(logFile: string, lines = 5): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

function started(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

/** A process that has already exited keeps its pid until it is reaped; its start time is then of no use to anyone. */
function identityOfChild(pid: number | undefined): ProcessIdentity {
  if (pid === undefined) throw new Error('A started process has no pid.');
  return identityOf(pid) ?? { pid, startTime: 'exited' };
}
