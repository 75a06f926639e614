import { DATABASE_ROLES, loadCredentials, type Credentials } from './credentials.ts';
import { ensureDatabase, grantLogins, urlAs } from './database.ts';
import { withFileLock } from './file-lock.ts';
import { inboxPrefixOf, type NatsServiceName } from './nats-permissions.ts';
import { deleteJetStream } from './nats-server.ts';
import type { NatsLogin } from './probe-nats.ts';
import { assertPortFree } from './ports.ts';
import { keepRunning, type ServerWatch } from './server-watch.ts';
import { SetupError } from './setup-error.ts';
import { stackLock } from './stack-file.ts';
import {
  directoryOf,
  ensureServer,
  runningServer,
  SERVERS,
  serverUrl,
  stopServer,
  type RunningServer,
  type ServerOptions,
} from './stack-servers.ts';
import { serverUser } from './server-user.ts';
import { assertReachable, prepareStateDirectory } from './state-directory.ts';

export interface StartInfrastructureOptions {
  readonly stateDir: string;
  readonly postgresPort?: number;
  readonly natsPort?: number;
  /** Postgres skips fsync: for a stack whose state is deleted afterwards, such as the demo's. */
  readonly throwAway?: boolean;
  /** Runs after the database exists and before the roles get their passwords: the migrations. */
  readonly prepareDatabase?: (adminUrl: string) => Promise<void>;
  /** Receives one line per thing worth saying (a server restarted). */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** The running servers of one machine. */
export interface Infrastructure {
  readonly stateDir: string;
  /** `url` is the superuser's, on the product's database. */
  readonly postgres: { readonly url: string; readonly port: number };
  readonly nats: { readonly url: string; readonly port: number; readonly adminLogin: NatsLogin };
  readonly credentials: Credentials;
  /** The environment a service needs to reach both servers as itself. */
  readonly environmentFor: (service: NatsServiceName) => Readonly<Record<string, string>>;
  /** Stops nats-server, deletes everything JetStream holds, starts it again on the same port. */
  readonly wipeJetStream: () => Promise<void>;
  /** Lets go without stopping: the servers go on and `stopInfrastructure` ends them later. */
  readonly detach: () => Promise<void>;
  /** Stops both servers; safe to repeat. */
  readonly stop: () => Promise<void>;
}

/** How long a start or stop of another process is waited for. */
const LOCK_LIMIT_MS = 120_000;

/**
 * Starts Postgres and nats-server of a state directory, or takes over those that already run there, and restarts one that
 * dies for as long as this process holds them. The servers outlive a killed starter: the next start takes them over.
 */
export async function startInfrastructure(options: StartInfrastructureOptions): Promise<Infrastructure> {
  const { stateDir } = options;
  prepareStateDirectory(stateDir);
  const user = await serverUser();
  if (user) assertReachable(stateDir, user);
  return withFileLock(stackLock(stateDir), LOCK_LIMIT_MS, async () => {
    const running = SERVERS.filter((name) => runningServer(stateDir, name) !== undefined);
    try {
      return await startLocked(options);
    } catch (error) {
      // A start that fails leaves things as they were.
      for (const name of SERVERS) if (!running.includes(name)) await stopServer(stateDir, name);
      throw error;
    }
  });
}

async function startLocked(options: StartInfrastructureOptions): Promise<Infrastructure> {
  const { stateDir, signal } = options;
  const wanted: ServerOptions = {
    ports: { postgres: options.postgresPort, nats: options.natsPort },
    throwAway: options.throwAway ?? false,
  };
  signal?.throwIfAborted();
  await assertWantedPorts(stateDir, wanted);
  const [postgres, nats] = await allEnded([
    ensureServer(stateDir, 'postgres', wanted),
    ensureServer(stateDir, 'nats', wanted),
  ]);
  signal?.throwIfAborted();
  const credentials = loadCredentials(stateDir);
  const adminUrl = await ensureDatabase(serverUrl(stateDir, postgres));
  await options.prepareDatabase?.(adminUrl);
  await grantLogins(adminUrl, credentials.rolePasswords);
  signal?.throwIfAborted();
  const watch = keepRunning(stateDir, options.say);
  return infrastructure({ stateDir, postgres, nats, credentials, adminUrl, watch });
}

/** Like `Promise.all`, but rejects only when nothing is under way any more. */
async function allEnded<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Ends the servers of a state directory from any process; refuses with the names of those that would not end. */
export async function stopInfrastructure(stateDir: string): Promise<void> {
  await withFileLock(stackLock(stateDir), LOCK_LIMIT_MS, async () => {
    const nats = await stopServer(stateDir, 'nats');
    const postgres = await stopServer(stateDir, 'postgres');
    const left = [...(nats ? [] : ['nats-server']), ...(postgres ? [] : ['postgres'])];
    if (left.length > 0)
      throw new SetupError('NOT_STOPPED', `Still running: ${left.join(', ')}.`, {
        remedy: 'Run missions down again.',
      });
  });
}

interface Parts {
  readonly stateDir: string;
  readonly postgres: RunningServer;
  readonly nats: RunningServer;
  readonly credentials: Credentials;
  readonly adminUrl: string;
  readonly watch: ServerWatch;
}

function infrastructure({ stateDir, postgres, nats, credentials, adminUrl, watch }: Parts): Infrastructure {
  const natsUrl = serverUrl(stateDir, nats);
  return {
    stateDir,
    credentials,
    postgres: { url: adminUrl, port: postgres.port },
    nats: {
      url: natsUrl,
      port: nats.port,
      adminLogin: { seed: credentials.nats.admin.seed, inboxPrefix: inboxPrefixOf('admin') },
    },
    environmentFor: (service) => {
      const role = DATABASE_ROLES[service];
      return {
        MISSIONS_DATABASE_URL: urlAs(adminUrl, role, credentials.rolePasswords[role] ?? ''),
        MISSIONS_NATS_URL: natsUrl,
        MISSIONS_NATS_NKEY: credentials.nats[service].seed,
        MISSIONS_STATE: stateDir,
        ...commandKeyFor(service, credentials),
      };
    },
    wipeJetStream: () => wipeJetStream(stateDir),
    detach: () => watch.stop(),
    stop: async () => {
      await watch.stop();
      await stopInfrastructure(stateDir);
    },
  };
}

function commandKeyFor(
  service: NatsServiceName,
  { commandKey }: Credentials,
): Readonly<Record<string, string>> {
  if (service === 'mission-control') return { MISSIONS_COMMAND_KEY: commandKey.privateKey };
  // Both accept what a person orders only as Mission Control signed it.
  if (service === 'orchestrator-decide' || service === 'resource-lock')
    return { MISSIONS_COMMAND_PUBLIC_KEY: commandKey.publicKey };
  return {};
}

/** The lock keeps the watch from restarting the server while its store is being deleted. */
async function wipeJetStream(stateDir: string): Promise<void> {
  await withFileLock(stackLock(stateDir), LOCK_LIMIT_MS, async () => {
    await stopServer(stateDir, 'nats');
    deleteJetStream(directoryOf(stateDir, 'nats'));
    await ensureServer(stateDir, 'nats');
  });
}

async function assertWantedPorts(stateDir: string, wanted: ServerOptions): Promise<void> {
  for (const name of SERVERS) {
    const port = wanted.ports?.[name];
    if (port === undefined || runningServer(stateDir, name)?.port === port) continue;
    await assertPortFree(port, `another ${name} port`);
  }
}
