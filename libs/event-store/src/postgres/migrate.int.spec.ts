import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import {
  MIGRATIONS,
  temporaryDirectory,
  testDatabase,
  type TemporaryDirectory,
  type TestDatabase,
} from '@missions/testing';
import { grantLogin, migrate } from './index.ts';

let empty: TestDatabase;
let directory: string;
let temporary: TemporaryDirectory;

beforeEach(async () => {
  temporary = temporaryDirectory();
  directory = temporary.path;
  empty = await testDatabase({ migrations: directory });
});

afterEach(async () => {
  await empty.drop();
  temporary.remove();
});

async function query<Row extends pg.QueryResultRow>(
  sql: string,
  url = empty.connectionString,
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function write(name: string, sql: string): Promise<void> {
  await writeFile(join(directory, name), sql);
}

describe('migrating', () => {
  it('applies what is missing, in order, once', async () => {
    await write('0002_second.sql', 'insert into first values (2)');
    await write('0001_first.sql', 'create table first (n int)');
    await write('README.md', 'not a migration');
    const connection = { connectionString: empty.connectionString, directory };
    const told: string[] = [];
    const applied = await migrate({ ...connection, onApplied: (name) => told.push(name) });
    expect(applied).toEqual(['0001_first.sql', '0002_second.sql']);
    expect(told).toEqual(applied);
    await write('0003_third.sql', 'insert into first values (3)');
    expect(await migrate(connection)).toEqual(['0003_third.sql']);
    expect(await migrate(connection)).toEqual([]);
    expect(await query('select n from first order by n')).toEqual([{ n: 2 }, { n: 3 }]);
  });

  it('applies once when many begin at the same moment', async () => {
    await write('0001_first.sql', 'create table first (n int); insert into first values (1)');
    const connection = { connectionString: empty.connectionString, directory };
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(connection)));
    expect(applied.flat()).toEqual(['0001_first.sql']);
  });

  it('leaves nothing of one that fails, and keeps those before it', async () => {
    await write('0001_first.sql', 'create table first (n int)');
    await write('0002_second.sql', 'create table second (n int); select 1 / 0');
    const connection = { connectionString: empty.connectionString, directory };
    await expect(migrate(connection)).rejects.toThrow('0002_second.sql');
    expect(
      await query(`select to_regclass('first') is null as first, to_regclass('second') is null as second`),
    ).toEqual([{ first: false, second: true }]);
    await write('0002_second.sql', 'create table second (n int)');
    expect(await migrate(connection)).toEqual(['0002_second.sql']);
  });

  it('refuses a file that was changed after it was applied', async () => {
    await write('0001_first.sql', 'create table first (n int)');
    const connection = { connectionString: empty.connectionString, directory };
    await migrate(connection);
    await write('0001_first.sql', 'create table first (n bigint)');
    await expect(migrate(connection)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
  });

  it('makes the schema of the product in several databases of one cluster at once', async () => {
    for (const name of await readdir(MIGRATIONS))
      await copyFile(join(MIGRATIONS, name), join(directory, name));
    using nothing = temporaryDirectory();
    const databases = [empty, await testDatabase({ migrations: nothing.path })];
    const applied = await Promise.all(
      databases.map(({ connectionString }) => migrate({ connectionString, directory })),
    );
    expect(applied[0]).toEqual(applied[1]);
    expect(applied[0]?.[0]).toBe('0001_event_log.sql');
    await databases[1]?.drop();
  });
});

describe('granting a login', () => {
  it('lets the role in with that password only, also when granted many times at once', async () => {
    const role = `missions_test_${String(process.pid)}`;
    const { connectionString } = empty;
    await query(`create role ${role}`);
    await Promise.all(
      Array.from({ length: 4 }, () => grantLogin({ connectionString, role, password: "it's a pass:word" })),
    );
    const url = new URL(connectionString);
    url.username = role;
    url.password = encodeURIComponent("it's a pass:word");
    expect(await query('select current_user as name', url.href)).toEqual([{ name: role }]);
    url.password = 'another';
    await expect(query('select 1', url.href)).rejects.toMatchObject({ code: '28P01' });
    await query(`drop role ${role}`);
  });
});
