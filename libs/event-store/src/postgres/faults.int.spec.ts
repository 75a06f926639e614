import { settle, testDatabase, type TestDatabase } from '@missions/testing';
import { newStream, someEvents } from '../conformance/index.ts';
import { isTransient } from '../store-unavailable.ts';
import { reliably } from '../reliably.ts';
import { openPostgres, type PoolOptions, type Postgres } from './index.ts';

let database: TestDatabase;
let admin: Postgres<unknown>;
let postgres: Postgres<unknown>;

function open(options: Partial<PoolOptions> & { applicationName: string }): Postgres<unknown> {
  return openPostgres({ connectionString: database.connectionString, poolSize: 4, ...options });
}

beforeAll(async () => {
  database = await testDatabase();
  admin = open({ applicationName: 'admin' });
  postgres = open({ applicationName: 'victim' });
});

afterAll(async () => {
  await Promise.all([admin.close(), postgres.close()]);
  await database.drop();
});

async function killConnections(applicationName = 'victim'): Promise<number> {
  const { rowCount } = await admin.pool.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where application_name = $1 and datname = current_database()`,
    [applicationName],
  );
  return rowCount ?? 0;
}

describe('a lost connection', () => {
  it('is a transient fault of the transaction it hits, and the pool goes on with another', async () => {
    const stream = newStream();
    const failed = postgres.store.transact([stream], async (tx) => {
      await tx.append({ stream, expectedVersion: 0, events: someEvents(1) });
      expect(await killConnections()).toBeGreaterThan(0);
      await tx.append({ stream, expectedVersion: 1, events: someEvents(1) });
    });
    await expect(failed).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', transient: true });
    expect(await postgres.store.head(stream)).toBe(0);
    await postgres.store.append({ stream, expectedVersion: 0, events: someEvents(1) });
  });

  it('while idle goes unnoticed, or is one transient fault', async () => {
    await Promise.all([postgres.check(), postgres.check()]);
    await killConnections();
    await reliably(() => postgres.check(), { limitMs: 5_000 });
  });

  it('loses and doubles nothing when appends are repeated reliably', async () => {
    const stream = newStream();
    const writers = Array.from({ length: 60 }, (_, index) => {
      const append = { stream, expectedVersion: 'any', events: someEvents(1, { data: index }) } as const;
      return reliably(() => postgres.store.append(append), { limitMs: 20_000 });
    });
    const kills = Array.from({ length: 4 }, () => killConnections());
    await Promise.all([...writers, ...kills]);
    const read = await postgres.store.read(stream);
    const seen = read.map(({ data }) => data as number).toSorted((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index));
    expect(read.map(({ version }) => version)).toEqual(seen.map((index) => index + 1));
  });
});

describe('a transaction that does nothing', () => {
  it('is ended by the server, so that it cannot hold up the feed of all', async () => {
    const sleepy = open({ applicationName: 'sleepy', idleInTransactionMs: 50 });
    const stream = newStream();
    const failed = sleepy.store.transact([stream], async (tx) => {
      await tx.append({ stream, expectedVersion: 0, events: someEvents(1) });
      await settle(async () => {
        const { rowCount } = await admin.pool.query(
          `select 1 from pg_stat_activity where application_name = 'sleepy' and state = 'idle in transaction'`,
        );
        return rowCount === 0;
      });
      await tx.head(stream);
    });
    await expect(failed).rejects.toMatchObject({ transient: true });
    expect(await postgres.store.head(stream)).toBe(0);
    await sleepy.close();
  });
});

describe('a database that is not there', () => {
  it('is a transient fault, soon', async () => {
    const nobody = openPostgres({
      connectionString: 'postgres://nobody@127.0.0.1:1/nothing',
      poolSize: 1,
      applicationName: 'test',
      waitMs: 1_000,
    });
    await expect(nobody.check()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(nobody.store.head('mission-1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(nobody.store.transact(['mission-1'], () => Promise.resolve())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await nobody.close();
  });

  it('is no transient fault when it merely does not know us', async () => {
    const url = new URL(database.connectionString);
    url.password = 'wrong';
    const refused = openPostgres({ connectionString: url.href, poolSize: 1, applicationName: 'test' });
    const error: unknown = await refused.check().catch((fault: unknown) => fault);
    expect(isTransient(error)).toBe(false);
    expect(error).toMatchObject({ code: '28P01' });
    await refused.close();
  });
});
