import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { settle, temporaryDirectory, testDatabase, testNats, type TemporaryDirectory } from './index.ts';

describe('a test database', () => {
  it('is fresh for every caller', async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
    expect(one.name).not.toBe(other.name);
    const client = new pg.Client({ connectionString: one.connectionString });
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    expect(rows[0]?.name).toBe(one.name);
    await client.end();
    await one.drop();
    await other.drop();
    await other.drop();
  });
});

describe('the schema of a test database', () => {
  const migration = (sql: string): TemporaryDirectory => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory.path, '0001_first.sql'), sql);
    return directory;
  };
  const rows = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const result = await client.query<Record<string, unknown>>(sql).finally(() => client.end());
    return result.rows;
  };

  it('is that of the migrations given, and its roles can log in', async () => {
    using migrations =
      migration(`do $$ begin create role missions_trial; exception when duplicate_object then null; end $$;
      create table lamp (n int); grant select on lamp to missions_trial;`);
    const [one, other] = await Promise.all([
      testDatabase({ migrations: migrations.path }),
      testDatabase({ migrations: migrations.path }),
    ]);
    await rows(one.connectionString, 'insert into lamp values (1)');
    expect(await rows(one.urlFor('missions_trial'), 'select current_user as who, n from lamp')).toEqual([
      { who: 'missions_trial', n: 1 },
    ]);
    expect(await rows(other.connectionString, 'select n from lamp')).toEqual([]);
    await expect(rows(one.urlFor('missions_trial'), 'insert into lamp values (2)')).rejects.toMatchObject({
      code: '42501',
    });
    await Promise.all([one.drop(), other.drop()]);
  });

  it('is not used again after a migration that failed', async () => {
    using migrations = migration('create table lamp (n int); select nonsense;');
    await expect(testDatabase({ migrations: migrations.path })).rejects.toThrow('0001_first.sql failed');
    await expect(testDatabase({ migrations: migrations.path })).rejects.toThrow('0001_first.sql failed');
  });

  it("is the product's own by default", async () => {
    const database = await testDatabase();
    expect(await rows(database.connectionString, 'select count(*)::int as n from event')).toEqual([{ n: 0 }]);
    await database.drop();
  });
});

describe('a test nats-server', () => {
  it('comes back on the same port after a kill', async () => {
    const nats = await testNats();
    const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
    await nats.kill();
    await nats.restart();
    await settle(async () => {
      await connection.flush();
      return true;
    });
    expect(connection.info?.server_name).toBe(nats.serverName);
    await connection.close();
    await nats.stop();
  });

  it('loses all it holds in a wipe and stays itself', async () => {
    const nats = await testNats();
    const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
    const ask = async (subject: string, body = ''): Promise<unknown> =>
      (await connection.request(`$JS.API.STREAM.${subject}`, body, { timeout: 1_000 })).json();
    await ask('CREATE.KEPT', JSON.stringify({ name: 'KEPT', subjects: ['kept'], storage: 'file' }));
    await nats.restart();
    expect(await settle(() => ask('INFO.KEPT'))).toMatchObject({ config: { name: 'KEPT' } });
    await nats.wipe();
    expect(await settle(() => ask('INFO.KEPT'))).toMatchObject({ error: { code: 404 } });
    await connection.close();
    await nats.stop();
    await nats.stop();
  });
});
