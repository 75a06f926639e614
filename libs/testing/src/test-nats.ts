import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  deleteJetStream,
  endProcess,
  forgetProcess,
  isPortFree,
  NATS_STOP,
  rememberProcess,
  startNats,
  stateDirectory,
  type EndOptions,
  type NatsLogin,
  type NatsUser,
  type RunningNats,
} from '@missions/local';
import { settle } from './settle.ts';
import { testRunDirectory } from './test-run.ts';

/** A nats-server with JetStream of one test's own; its port stays the same over restarts. */
export interface TestNats {
  readonly url: string;
  readonly serverName: string;
  /** Loses every stream, message and cursor, as a wiped disk would; comes back empty. */
  readonly wipe: () => Promise<void>;
  /** A graceful restart; starts it again after `kill` too. */
  readonly restart: () => Promise<void>;
  /** SIGKILL; stays down until `restart`. */
  readonly kill: () => Promise<void>;
  /** Stays down. Safe to repeat; a forgotten one ends with the test run. */
  readonly stop: () => Promise<void>;
}

export interface TestNatsOptions {
  /** Logins with exact permissions; without them anybody may do anything. */
  readonly users?: readonly NatsUser[];
  readonly login?: NatsLogin;
}

/** Starts a server on a free port with its own store; resolves when that very server has answered. */
export async function testNats(options: TestNatsOptions = {}): Promise<TestNats> {
  const run = testRunDirectory();
  const serverName = `test-${randomUUID()}`;
  const directory = join(run, serverName);
  const start = (preferredPort?: number): Promise<RunningNats> =>
    startNats({
      stateDir: stateDirectory(),
      directory,
      serverName,
      users: options.users ?? [],
      login: options.login,
      preferredPort,
      onSpawn: (identity) => {
        rememberProcess(run, { name: serverName, ...identity, ...NATS_STOP });
      },
    });
  let server = await start();
  const end = async (how: EndOptions): Promise<void> => {
    await endProcess(server.process.identity, how);
    forgetProcess(run, serverName);
  };
  const restart = async (between: () => void = () => undefined): Promise<void> => {
    await end(GRACEFUL);
    between();
    const { port } = server;
    // Another test may be looking whether it is free, for as long as a look takes.
    await settle(() => isPortFree(port), { limitMs: 10_000 });
    server = await start(port);
    if (server.port !== port) throw new Error(`Port ${String(port)} was taken while nats-server was down.`);
  };
  return {
    url: server.url,
    serverName,
    wipe: () =>
      restart(() => {
        deleteJetStream(directory);
      }),
    restart: () => restart(),
    kill: () => end({ signal: 'SIGKILL', limitMs: 5_000 }),
    stop: () => end(GRACEFUL),
  };
}

const GRACEFUL: EndOptions = { signal: NATS_STOP.stopSignal, limitMs: NATS_STOP.stopLimitMs };
