import {
  attachInfrastructure,
  identityOf,
  loadCredentials,
  prepareStateDirectory,
  readStack,
  startInfrastructure,
  urlAs,
  DATABASE_ROLES,
  waitForExit,
  type Infrastructure,
} from '@missions/local';
import type { ServiceName } from '@missions/runtime';
import { grantServiceLogins, migrateDatabase } from '../wiring/prepare-database.ts';
import { migrationsDirectory } from './locations.ts';
import type { StackOptions, StackServers } from './stack-options.ts';

/** Servers with what a service needs to reach them as itself. */
export interface ServersOfStack extends StackServers {
  readonly connectionsOf: (service: ServiceName) => Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** Starts this machine's own servers, or checks and prepares those that were named. */
export function startServers(options: StackOptions): Promise<ServersOfStack> {
  return options.attach === undefined ? ownServers(options) : attachedServers(options, options.attach);
}

async function ownServers({ state, throwAway, say, signal }: StackOptions): Promise<ServersOfStack> {
  const infrastructure = await startInfrastructure({
    stateDir: state,
    throwAway: throwAway ?? false,
    prepareDatabase: (adminUrl) => migrateDatabase(adminUrl, migrationsDirectory()),
    ...(say && { say }),
    ...(signal && { signal }),
  });
  return {
    databaseUrl: infrastructure.postgres.url,
    natsUrl: infrastructure.nats.url,
    connectionsOf: (service) => infrastructure.environmentFor(service),
    wipeNats: () => infrastructure.wipeJetStream(),
    killPostgres: () => killServer(infrastructure, 'postgres'),
    killNats: () => killServer(infrastructure, 'nats'),
    stop: () => infrastructure.stop(),
  };
}

async function killServer({ stateDir }: Infrastructure, name: 'postgres' | 'nats'): Promise<void> {
  const record = readStack(stateDir).processes.find((process) => process.name === name);
  const identity = record && identityOf(record.pid);
  if (identity === undefined || identity.startTime !== record?.startTime)
    throw new Error(`There is no ${name} to kill.`);
  process.kill(identity.pid, 'SIGKILL');
  await waitForExit(identity, 5_000);
}

async function attachedServers(
  { state, signal }: StackOptions,
  { databaseUrl, natsUrl }: NonNullable<StackOptions['attach']>,
): Promise<ServersOfStack> {
  prepareStateDirectory(state);
  await attachInfrastructure({ databaseUrl, natsUrl, ...(signal && { signal }) });
  const credentials = loadCredentials(state);
  await migrateDatabase(databaseUrl, migrationsDirectory());
  await grantServiceLogins(databaseUrl, credentials);
  const notOurs = (what: string) => (): Promise<void> =>
    Promise.reject(new Error(`${what} runs elsewhere; it is not this stack's to kill or wipe.`));
  return {
    databaseUrl,
    natsUrl,
    connectionsOf: (service) => {
      const role = DATABASE_ROLES[service];
      return {
        MISSIONS_DATABASE_URL: urlAs(databaseUrl, role, credentials.rolePasswords[role] ?? ''),
        MISSIONS_NATS_URL: natsUrl,
        MISSIONS_STATE: state,
      };
    },
    wipeNats: notOurs('NATS'),
    killPostgres: notOurs('Postgres'),
    killNats: notOurs('NATS'),
    stop: () => Promise.resolve(),
  };
}
