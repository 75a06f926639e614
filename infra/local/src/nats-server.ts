import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findTool } from './find-tool.ts';
import { natsConfig, type NatsUser } from './nats-config.ts';
import { endLeftover } from './leftover.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { freePort } from './ports.ts';
import { probeNats, type NatsLogin } from './probe-nats.ts';
import { SetupError } from './setup-error.ts';
import { startServer, tailOf, type ServerProcess } from './server-process.ts';
import { serverUser } from './server-user.ts';
import { assertReachable, makeDirectory, type UserIds } from './state-directory.ts';

export interface NatsOptions {
  /** Where a fetched nats-server is kept. */
  readonly stateDir: string;
  /** Holds the configuration, the JetStream store and the log; made when missing. */
  readonly directory: string;
  /** Tells this server from any other; checked before it is handed out. */
  readonly serverName: string;
  /** Empty: anybody on loopback may do anything (tests only). */
  readonly users: readonly NatsUser[];
  /** How the probe logs in when there are users. */
  readonly login?: NatsLogin | undefined;
  readonly preferredPort?: number | undefined;
  readonly onSpawn?: (identity: ProcessIdentity) => void;
}

export interface RunningNats {
  readonly port: number;
  readonly url: string;
  readonly process: ServerProcess;
}

export const NATS_STOP = { stopSignal: 'SIGTERM', stopLimitMs: 10_000 } as const;

/**
 * Starts a nats-server with JetStream on loopback. Resolves when exactly this server has answered with its name and
 * JetStream is ready; rejects after 30 s with the log's last lines.
 */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const program = await findTool('nats-server', { stateDir: options.stateDir });
  const user = await serverUser();
  prepareDirectory(options.directory, user);
  await endLeftover({
    pidFile: pidFileIn(options.directory),
    mark: configIn(options.directory),
    ...NATS_STOP,
  });
  const deadline = performance.now() + 30_000;
  for (;;) {
    const attempt = await launch(program, user, options);
    const ready = await waitUntilReady(attempt, options, deadline);
    if (ready) return { port: attempt.port, url: urlOf(attempt.port), process: attempt.process };
    const log = join(options.directory, 'nats.log');
    if (performance.now() >= deadline || !tailOf(log).includes('address already in use'))
      throw notStarted(log);
  }
}

/** Deletes the JetStream store of a stopped server: every stream, message and consumer cursor is gone. */
export function deleteJetStream(directory: string): void {
  rmSync(join(directory, 'jetstream'), { recursive: true, force: true });
}

interface Launched {
  readonly port: number;
  readonly process: ServerProcess;
}

async function launch(program: string, user: UserIds | undefined, options: NatsOptions): Promise<Launched> {
  const port = await freePort(options.preferredPort);
  const config = configIn(options.directory);
  writeFileSync(config, natsConfig({ ...options, port, storeDir: options.directory }), { mode: 0o600 });
  if (user) chownSync(config, user.uid, user.gid);
  const logFile = join(options.directory, 'nats.log');
  return {
    port,
    process: await startServer({ program, args: ['-c', config], logFile, user, onSpawn: options.onSpawn }),
  };
}

function configIn(directory: string): string {
  return join(directory, 'nats.conf');
}

function pidFileIn(directory: string): string {
  return join(directory, 'nats.pid');
}

function prepareDirectory(directory: string, user: UserIds | undefined): void {
  makeDirectory(directory, 0o700);
  if (!user) return;
  assertReachable(dirname(directory), user);
  chownSync(directory, user.uid, user.gid);
}

async function waitUntilReady(server: Launched, options: NatsOptions, deadline: number): Promise<boolean> {
  while (!server.process.exited.aborted && performance.now() < deadline) {
    const problem = await probeNats(urlOf(server.port), {
      limitMs: 5_000,
      signal: server.process.exited,
      serverName: options.serverName,
      ...(options.login && { login: options.login }),
    });
    if (problem === undefined) return true;
    if (problem.code !== 'NATS_UNREACHABLE') throw problem;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function urlOf(port: number): string {
  return `nats://127.0.0.1:${String(port)}`;
}

function notStarted(logFile: string): SetupError {
  return new SetupError('NATS_NOT_STARTED', `nats-server did not start:\n${tailOf(logFile)}\n`, {
    remedy: `The whole log is ${logFile}.`,
    evidence: { logFile },
  });
}
