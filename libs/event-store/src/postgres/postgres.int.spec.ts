import { testDatabase } from '@missions/testing';
import {
  describeArtifactStore,
  describeEventStore,
  type ArtifactStoreFixture,
  type EventStoreFixture,
  type StoreOptions,
} from '../conformance/index.ts';
import { openPostgres, type Postgres } from './index.ts';

/** A database whose connections are opened by options and closed together. */
async function openable(): Promise<{
  readonly open: (options?: StoreOptions) => Postgres<unknown>;
  readonly close: () => Promise<void>;
}> {
  const database = await testDatabase();
  const opened: Postgres<unknown>[] = [];
  return {
    open: (options) => {
      const { connectionString } = database;
      const postgres = openPostgres({ connectionString, poolSize: 16, applicationName: 'test', ...options });
      opened.push(postgres);
      return postgres;
    },
    close: async () => {
      await Promise.all(opened.map((postgres) => postgres.close()));
      await database.drop();
    },
  };
}

describeEventStore('Postgres', async (): Promise<EventStoreFixture<unknown>> => {
  const { open, close } = await openable();
  return { open: (options) => open(options).store, close };
});

describeArtifactStore('Postgres', async (): Promise<ArtifactStoreFixture> => {
  const { open, close } = await openable();
  return { open: (options) => open(options).artifacts, close };
});
