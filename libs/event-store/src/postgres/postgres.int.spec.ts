import { testDatabase } from '@missions/testing';
import {
  describeArtifactStore,
  describeEventStore,
  type ArtifactStoreFixture,
  type EventStoreFixture,
  type StoreOptions,
} from '../conformance/index.ts';
import { openPostgres, type Postgres } from './index.ts';

const NOTE_BESIDE = `create table noted (note text not null);
  create function note_beside(p_argument jsonb) returns jsonb language plpgsql as $$
  begin
    if p_argument ->> 'note' is null then
      raise exception 'There is nothing to note.';
    end if;
    insert into noted values (p_argument ->> 'note');
    return p_argument;
  end
  $$`;

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
  const { pool } = open();
  await pool.query(NOTE_BESIDE);
  const noted = async (): Promise<readonly string[]> =>
    (await pool.query<{ note: string }>('select note from noted')).rows.map(({ note }) => note);
  return { open: (options) => open(options).store, noted, close };
});

describeArtifactStore('Postgres', async (): Promise<ArtifactStoreFixture> => {
  const { open, close } = await openable();
  const { pool } = open();
  return {
    open: (options) => open(options).artifacts,
    claim: async ({ runId, token }) => {
      await pool.query(
        `insert into run_lease (run_id, mission_id, token, holder, expires_at) values ($1, 'm', $2, 'h', 'infinity')`,
        [runId, token],
      );
    },
    release: async (runId) => {
      await pool.query(`delete from run_lease where run_id = $1`, [runId]);
    },
    close,
  };
});
