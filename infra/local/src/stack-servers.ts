import { join } from 'node:path';
import { loadCredentials } from './credentials.ts';
import { endLeftover } from './leftover.ts';
import { inboxPrefixOf, NATS_USERS, natsUser } from './nats-permissions.ts';
import { NATS_STOP, startNats } from './nats-server.ts';
import { POSTGRES_STOP, startCluster, SUPERUSER } from './postgres-cluster.ts';
import { endProcess, isAlive, type ProcessIdentity } from './process-identity.ts';
import { dropProcess, putProcess, readStack, type StackProcess } from './stack-file.ts';

export type ServerName = 'postgres' | 'nats';
export const SERVERS = ['postgres', 'nats'] as const satisfies readonly ServerName[];

export interface ServerOptions {
  /** The ports a person asked for; without one the last port, else any free one. */
  readonly ports?: Readonly<Partial<Record<ServerName, number | undefined>>>;
  /** Postgres skips fsync: for stacks whose state is deleted afterwards. */
  readonly throwAway?: boolean;
}

/** A server that answers; its record then has the port. */
export interface RunningServer extends StackProcess {
  readonly name: ServerName;
  readonly port: number;
}

/** The recorded server when it lives, else a new one. Callers hold the stack's lock. */
export async function ensureServer(
  stateDir: string,
  name: ServerName,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const running = runningServer(stateDir, name);
  return running ?? startRecorded(stateDir, name, options);
}

export function runningServer(stateDir: string, name: ServerName): RunningServer | undefined {
  const record = readStack(stateDir).processes.find((process) => process.name === name);
  if (record?.port === undefined || !isAlive(record)) return undefined;
  return { ...record, name, port: record.port };
}

/** Ends a server, whoever started it; false when it would not end. Callers hold the stack's lock. */
export async function stopServer(stateDir: string, name: ServerName): Promise<boolean> {
  const record = readStack(stateDir).processes.find((process) => process.name === name);
  const how = name === 'postgres' ? POSTGRES_STOP : NATS_STOP;
  const ended =
    record === undefined || (await endProcess(record, { signal: how.stopSignal, limitMs: how.stopLimitMs }));
  await endLeftover({ ...traces(stateDir, name), ...how });
  if (ended && record !== undefined) dropProcess(stateDir, name);
  return ended;
}

export function directoryOf(stateDir: string, name: ServerName): string {
  return join(stateDir, name);
}

/** Postgres' URL is the superuser's, on the database `postgres`. */
export function serverUrl(stateDir: string, server: Pick<RunningServer, 'name' | 'port'>): string {
  const address = `127.0.0.1:${String(server.port)}`;
  if (server.name === 'nats') return `nats://${address}`;
  const password = encodeURIComponent(loadCredentials(stateDir).superuserPassword);
  return `postgres://${SUPERUSER}:${password}@${address}/postgres`;
}

async function startRecorded(
  stateDir: string,
  name: ServerName,
  wanted: ServerOptions,
): Promise<RunningServer> {
  const startedAt = new Date().toISOString();
  const how = name === 'postgres' ? POSTGRES_STOP : NATS_STOP;
  const preferredPort = wanted.ports?.[name] ?? readStack(stateDir).ports[name];
  const options = {
    stateDir,
    directory: directoryOf(stateDir, name),
    preferredPort,
    throwAway: wanted.throwAway ?? false,
    onSpawn: (identity: ProcessIdentity) => {
      putProcess(stateDir, { name, ...identity, ...how, startedAt });
    },
  };
  const server = name === 'postgres' ? await startPostgresOf(options) : await startNatsOf(options);
  const record: RunningServer = { name, ...server.process.identity, ...how, port: server.port, startedAt };
  putProcess(stateDir, record);
  return record;
}

interface StartOptions {
  readonly stateDir: string;
  readonly directory: string;
  readonly preferredPort: number | undefined;
  readonly throwAway: boolean;
  readonly onSpawn: (identity: ProcessIdentity) => void;
}

function startPostgresOf(options: StartOptions): ReturnType<typeof startCluster> {
  return startCluster({ ...options, password: loadCredentials(options.stateDir).superuserPassword });
}

function startNatsOf(options: StartOptions): ReturnType<typeof startNats> {
  const { nats } = loadCredentials(options.stateDir);
  return startNats({
    ...options,
    serverName: `missions-${nats.admin.publicKey.slice(-12)}`,
    users: NATS_USERS.map((name) => natsUser(name, nats[name].publicKey)),
    login: { seed: nats.admin.seed, inboxPrefix: inboxPrefixOf('admin') },
  });
}

function traces(stateDir: string, name: ServerName): { readonly pidFile: string; readonly mark: string } {
  const directory = directoryOf(stateDir, name);
  if (name === 'postgres')
    return { pidFile: join(directory, 'data/postmaster.pid'), mark: join(directory, 'data') };
  return { pidFile: join(directory, 'nats.pid'), mark: join(directory, 'nats.conf') };
}
