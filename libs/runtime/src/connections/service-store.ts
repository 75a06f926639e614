import type { ArtifactStore, EventStore } from '@missions/event-store';
import type { Postgres } from '@missions/event-store/postgres';

/** The database with the tables of the log: a module says which others are its own (`$extendTables`). */
export type Database = Postgres<unknown>['db'];

/** The database as a service uses it: the log, the artifacts, and rows of its own in the same commits. */
export interface ServiceStore {
  /** `rows` of its transactions is a kysely `Transaction` on the same database. */
  readonly events: EventStore;
  readonly artifacts: ArtifactStore;
  readonly database: Database;
  /** Rejects when the database does not answer. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}
