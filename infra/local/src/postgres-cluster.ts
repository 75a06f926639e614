import { execFile } from 'node:child_process';
import { existsSync, chownSync, rmSync, writeFileSync } from 'node:fs';
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
  /** Throw-away clusters skip fsync and write less ahead. */
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
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(binaries.initdb, data, options.password, user);
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

async function initialise(
  initdb: string,
  data: string,
  password: string,
  user: UserIds | undefined,
): Promise<void> {
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--data-checksums',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ];
  try {
    await run(initdb, args, {
      cwd: '/',
      timeout: 120_000,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      ...user,
    });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw new SetupError('POSTGRES_NOT_INITIALISED', `initdb failed in ${data}.`, {
      remedy: 'Its output is the cause of this error.',
      cause: error,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
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
      synchronous_commit: 'off',
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
