import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { endLeftover } from './leftover.ts';
import { freePort } from './ports.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { probePostgres } from './probe-postgres.ts';
import { SetupError } from './setup-error.ts';
import { startServer, tailOf, type ServerProcess } from './server-process.ts';
import { serverUser } from './server-user.ts';
import { assertReachable, makeDirectory, type UserIds } from './state-directory.ts';

const run = promisify(execFile);
export const SUPERUSER = 'postgres';

export interface ClusterOptions {
  /** Where the programs are kept; shared by all clusters of this machine. */
  readonly stateDir: string;
  /** Holds `data/` and the log; made when missing. */
  readonly directory: string;
  readonly password: string;
  /** Reused when free, so that clients of an earlier start find the server again. */
  readonly preferredPort?: number | undefined;
  /** Survives the death of any process, not that of the machine: skips fsync. For tests and demos. */
  readonly throwAway?: boolean;
  readonly onSpawn?: (identity: ProcessIdentity) => void;
}

export interface RunningCluster {
  readonly port: number;
  /** Superuser on the database `postgres`. */
  readonly url: string;
  readonly process: ServerProcess;
}

/**
 * Starts the Postgres cluster of a directory on loopback, initialising it first when it is new: SCRAM passwords, data
 * checksums, no unix socket. Resolves when it answers queries; rejects after 60 s with the log's last lines.
 */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const binaries = postgresBinaries(options.stateDir);
  const user = await serverUser();
  const data = join(options.directory, 'data');
  makeDirectory(options.directory, 0o700);
  if (user) {
    assertReachable(dirname(options.directory), user);
    assertReachable(dirname(binaries.postgres), user);
    chownSync(options.directory, user.uid, user.gid);
  }
  if (!existsSync(data)) await initialise({ initdb: binaries.initdb, options, data, user });
  await endLeftover({ pidFile: join(data, 'postmaster.pid'), mark: data, ...POSTGRES_STOP });
  return startOnFreePort({ ...options, postgres: binaries.postgres, data, user });
}

interface StartInput extends ClusterOptions {
  readonly postgres: string;
  readonly data: string;
  readonly user: UserIds | undefined;
}

/** Between choosing a port and binding it somebody else may take it; a killed postmaster's backends need a moment to go. */
async function startOnFreePort(input: StartInput): Promise<RunningCluster> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const port = await freePort(input.preferredPort);
    const logFile = join(input.directory, 'postgres.log');
    const process = await startServer({
      program: input.postgres,
      args: ['-D', input.data, ...settings(port, input.throwAway ?? false)],
      logFile,
      user: input.user,
      onSpawn: input.onSpawn,
    });
    const url = `postgres://${SUPERUSER}:${encodeURIComponent(input.password)}@127.0.0.1:${String(port)}/postgres`;
    if (await answers(url, process, deadline)) return { port, url, process };
    if (performance.now() >= deadline || !mayRetry(logFile)) throw notStarted(logFile);
  }
}

async function answers(url: string, process: ServerProcess, deadline: number): Promise<boolean> {
  while (!process.exited.aborted && performance.now() < deadline) {
    const problem = await probePostgres(url, { limitMs: 5_000, signal: process.exited });
    if (problem === undefined) return isAlive(process.identity);
    if (problem.code !== 'POSTGRES_UNREACHABLE' && problem.code !== 'POSTGRES_STARTING') throw problem;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}

/**
 * Made under another name and renamed when whole: initdb writes its version file first, so a killed one would otherwise
 * pass for a cluster for ever after.
 */
async function initialise(input: InitialiseInput): Promise<void> {
  const { initdb, options, data, user } = input;
  for (const name of readdirSync(options.directory)) {
    if (name.startsWith('init-')) rmSync(join(options.directory, name), { recursive: true, force: true });
  }
  const draft = join(options.directory, `init-${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  try {
    await run(initdb, [...initdbArguments(draft, passwordFile, options.throwAway ?? false)], {
      cwd: '/',
      timeout: 120_000,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      ...user,
    });
    renameSync(draft, data);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw new SetupError('POSTGRES_NOT_INITIALISED', `initdb failed in ${data}: ${firstLine(error)}.`, {
      remedy: 'Mend that and try again.',
      cause: error,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

interface InitialiseInput {
  readonly initdb: string;
  readonly options: ClusterOptions;
  readonly data: string;
  readonly user: UserIds | undefined;
}

function initdbArguments(directory: string, passwordFile: string, throwAway: boolean): readonly string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--data-checksums',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(throwAway ? ['--no-sync'] : []),
  ];
}

/** What initdb said is worth more than its exit code. */
function firstLine(error: unknown): string {
  const stderr = (error as { stderr?: unknown }).stderr;
  const said = typeof stderr === 'string' && stderr !== '' ? stderr : String(error);
  return said.split('\n').find((line) => line.includes('error')) ?? said.trim();
}

function settings(port: number, throwAway: boolean): readonly string[] {
  const pairs: Readonly<Record<string, string>> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    log_min_messages: 'warning',
    // An open write transaction stalls the global feed for everyone.
    idle_in_transaction_session_timeout: '60s',
    ...(throwAway && {
      fsync: 'off',
      full_page_writes: 'off',
      wal_level: 'minimal',
      max_wal_senders: '0',
    }),
  };
  return Object.entries(pairs).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function mayRetry(logFile: string): boolean {
  return /Address already in use|pre-existing shared memory/.test(tailOf(logFile, 8));
}

function notStarted(logFile: string): SetupError {
  return new SetupError('POSTGRES_NOT_STARTED', `Postgres did not start:\n${tailOf(logFile)}\n`, {
    remedy: `The whole log is ${logFile}.`,
    evidence: { logFile },
  });
}

/** Stops a server that was started here or earlier; fast shutdown: sessions are ended, nothing committed is lost. */
export const POSTGRES_STOP = { stopSignal: 'SIGINT', stopLimitMs: 20_000 } as const;
