import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { Secret } from '@missions/kernel';
import type { Upcaster } from '../upcasting.ts';
import { PostgresArtifactStore } from './postgres-artifact-store.ts';
import { PostgresEventStore } from './postgres-event-store.ts';
import { withFaults, openPool, type PoolOptions } from './postgres-session.ts';
import type { EventLogTables } from './tables.ts';

export interface OpenPostgresOptions extends PoolOptions {
  /** Values that must never be written to the log or an artifact. */
  readonly forbidden?: readonly Secret[];
  readonly upcasters?: readonly Upcaster[];
}

/** One service's connections to Postgres and what is built on them. `DB` names the tables it uses besides the log. */
export interface Postgres<DB> {
  readonly pool: pg.Pool;
  readonly db: Kysely<DB & EventLogTables>;
  readonly store: PostgresEventStore<DB & EventLogTables>;
  readonly artifacts: PostgresArtifactStore;
  /** Resolves if the database answers; rejects with `StoreUnavailableError` or the server's refusal if not. */
  readonly check: () => Promise<void>;
  /** Waits for what is under way, then closes every connection; safe to repeat. */
  readonly close: () => Promise<void>;
}

/** Opens no connection yet: the first statement does, and every lost one is replaced by the next statement. */
export function openPostgres<DB = unknown>(options: OpenPostgresOptions): Postgres<DB> {
  const pool = openPool(options);
  const db = new Kysely<DB & EventLogTables>({ dialect: new PostgresDialect({ pool }) });
  let closing: Promise<void> | undefined;
  return {
    pool,
    db,
    store: new PostgresEventStore(pool, options),
    artifacts: new PostgresArtifactStore(pool, options),
    check: async () => {
      await withFaults(pool.query('select 1'));
    },
    close: () => (closing ??= pool.end()),
  };
}
