import { isTransient } from '@missions/event-store';
import { openPostgres } from '@missions/event-store/postgres';
import { secretsOf } from '../config/secrets.ts';
import { untilAvailable } from '../lifecycle/until-available.ts';
import type { ConnectionInput } from './connection-input.ts';
import type { ServiceStore } from './service-store.ts';

/** Enough for the handlers and loops of one replica; sixteen replicas stay below Postgres's default of 100. */
export const connectionsOfReplica = 6;

/**
 * The database under the service's own role. Waits for Postgres up to `limits.startupMs`; a refused login or a database that
 * does not exist ends the wait at once. Once there was a connection, a lost one is never the end of the service.
 */
export async function openServiceStore(input: ConnectionInput): Promise<ServiceStore> {
  const { name, config, environment, variables, logger, signal } = input;
  const postgres = openPostgres({
    connectionString: environment.databaseUrl,
    poolSize: connectionsOfReplica,
    applicationName: `missions ${name}`,
    forbidden: secretsOf(config, environment, variables),
  });
  const wait = {
    what: `Postgres at ${new URL(environment.databaseUrl).host}`,
    limitMs: config.limits.startupMs,
    signal,
    logger,
    isHopeless: (error: unknown) => !isTransient(error),
  };
  try {
    await untilAvailable(wait, postgres.check);
  } catch (error) {
    await postgres.close();
    throw error;
  }
  return {
    events: postgres.store,
    artifacts: postgres.artifacts,
    database: postgres.db,
    ping: postgres.check,
    close: postgres.close,
  };
}
