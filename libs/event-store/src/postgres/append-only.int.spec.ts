import { testDatabase, type TestDatabase } from '@missions/testing';
import { newStream, someEvents } from '../conformance/index.ts';
import { openPostgres, type Postgres } from './index.ts';

/** Under which the runs of `heldStream` are held. */
const token = 3;

const APPEND_ONLY_TABLES = ['event', 'artifact', 'artifact_chunk'];

const KINDS = ['mission', 'run', 'resources'] as const;

/** The kinds of streams each role appends to. */
const ROLES = {
  missions_decide: ['mission'],
  missions_agents: ['run'],
  missions_worker: ['run'],
  missions_validator: ['run'],
  missions_resource_lock: ['resources'],
  missions_mission_control: [],
} as const satisfies Record<string, readonly (typeof KINDS)[number][]>;

let database: TestDatabase;
const opened: Postgres<unknown>[] = [];

function openAs(connectionString: string): Postgres<unknown> {
  const postgres = openPostgres({ connectionString, poolSize: 2, applicationName: 'test' });
  opened.push(postgres);
  return postgres;
}

/** A stream that nothing else uses; if it is a run's, of one that is held. */
async function heldStream(kind: (typeof KINDS)[number]): Promise<string> {
  const stream = newStream(kind);
  if (kind !== 'run') return stream;
  const { pool } = openAs(database.urlFor('missions_decide'));
  await pool.query(
    `insert into run_lease (run_id, mission_id, token, holder, expires_at) values ($1, 'm', $2, 'h', 'infinity')`,
    [stream.slice('run-'.length), token],
  );
  return stream;
}

beforeAll(async () => {
  database = await testDatabase();
  const owner = openAs(database.connectionString);
  await owner.store.append({ stream: newStream(), expectedVersion: 0, events: someEvents(2) });
  await owner.artifacts.put(Buffer.from('evidence'), { mediaType: 'text/plain' });
});

afterAll(async () => {
  await Promise.all(opened.map((postgres) => postgres.close()));
  await database.drop();
});

describe('the log is append only', () => {
  it.each(
    APPEND_ONLY_TABLES.flatMap((table) => [
      `update ${table} set at = now()`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]).filter((sql) => sql !== 'update artifact_chunk set at = now()'),
  )('also for the owner: %s', async (sql) => {
    const { pool } = openAs(database.connectionString);
    await expect(pool.query(sql)).rejects.toMatchObject({
      message: expect.stringContaining('append only') as string,
    });
  });

  it('commits no artifact whose bytes are not what its name says', async () => {
    const { pool } = openAs(database.urlFor('missions_worker'));
    const digest = `sha256:${'0'.repeat(64)}`;
    const insert = pool.query(
      `with added as (insert into artifact (digest, media_type, size) values ($1, 'text/plain', 4) returning digest)
       insert into artifact_chunk select digest, 0, 'fake'::bytea from added`,
      [digest],
    );
    await expect(insert).rejects.toMatchObject({ code: '23000' });
  });
});

describe.each(Object.entries(ROLES))('as %s', (role, kinds: readonly string[]) => {
  let postgres: Postgres<unknown>;
  beforeAll(() => {
    postgres = openAs(database.urlFor(role));
  });

  it.each(KINDS)(
    `appends to a stream %s-… only if it is its own kind (${kinds.join(', ') || 'none'})`,
    async (kind) => {
      const append = postgres.store.append({
        stream: await heldStream(kind),
        expectedVersion: 0,
        events: someEvents(1, { token }),
      });
      if (kinds.includes(kind)) await expect(append).resolves.toMatchObject({ version: 1 });
      else await expect(append).rejects.toMatchObject({ code: 'STREAM_FORBIDDEN' });
    },
  );

  it('appends to no other kind of stream', async () => {
    const { store } = postgres;
    for (const stream of ['missions-1', 'mission', 'other-1', 'Mission-1']) {
      const append = store.append({ stream, expectedVersion: 'any', events: someEvents(1) });
      await expect(append).rejects.toMatchObject({ code: 'STREAM_FORBIDDEN' });
    }
  });

  it('does so in transactions too', async () => {
    for (const kind of KINDS.filter((one) => !kinds.includes(one))) {
      const stream = newStream(kind);
      const append = postgres.store.transact([stream], (tx) =>
        tx.append({ stream, expectedVersion: 0, events: someEvents(1) }),
      );
      await expect(append).rejects.toMatchObject({ code: 'STREAM_FORBIDDEN' });
    }
  });

  it('reads the log and keeps artifacts', async () => {
    const { events } = await postgres.store.feed({ after: undefined, limit: 1 });
    expect(events.length).toBeLessThanOrEqual(1);
    const { digest } = await postgres.artifacts.put(Buffer.from(role), { mediaType: 'text/plain' });
    expect(await postgres.artifacts.has(digest)).toBe(true);
  });

  it.each([
    `insert into event (tx, stream, version, schema, id, type, meta, data, hash)
       values ('1', 'run-forged', 1, 1, 'x', 'X', '{}', '{}', '')`,
    `insert into event (at, stream, version, schema, id, type, meta, data, hash)
       values (now(), 'mission-forged', 1, 1, 'x', 'X', '{}', '{}', '')`,
    'update event set data = data',
    'delete from event',
    'truncate event',
    'delete from artifact',
    `update artifact_chunk set bytes = ''`,
    'alter table event disable trigger append_only',
    'drop table event',
    'create table intruder ()',
    'select rebase_feed()',
    `create or replace function chain_hash(bytea, text, integer, text, text, text, integer, text, text)
       returns bytea language sql return ''::bytea`,
  ])('is denied: %s', async (sql) => {
    await expect(postgres.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
  });
});
