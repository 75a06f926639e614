import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { grantLogin, migrate } from '@missions/event-store/postgres';
import { checksumOf, MIGRATIONS } from './migrations.ts';
import { testPostgresUrl } from './test-postgres.ts';

/** A database of its own for one test file, with the product's schema and roles. */
export interface TestDatabase {
  readonly name: string;
  /** As superuser. */
  readonly connectionString: string;
  /** As one of the roles the migrations make, for example `missions_decide`. */
  readonly urlFor: (role: string) => string;
  /** Ends its sessions and deletes it; safe to repeat. Forgotten ones end with the test run. */
  readonly drop: () => Promise<void>;
}

export interface TestDatabaseOptions {
  /** A directory of numbered .sql files; the product's own by default. */
  readonly migrations?: string;
}

const ROLE_PASSWORD = 'missions-test';
/** Any constants will do: the lock keeps two processes from making the same template at once. */
const TEMPLATE_LOCK = [7_140, 1];

/** A fresh database, cloned in some 50 ms from a template that the first caller migrates. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await testPostgresUrl();
  const directory = options.migrations ?? MIGRATIONS;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withClient(server, async (client) => {
    const template = await ensureTemplate(client, server, directory);
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    name,
    connectionString: databaseUrl(server, name),
    urlFor: (role) => databaseUrl(server, name, role),
    drop: () => dropDatabase(server, name),
  };
}

function dropDatabase(server: string, name: string): Promise<void> {
  return withClient(server, async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
  });
}

async function ensureTemplate(client: pg.Client, server: string, directory: string): Promise<string> {
  const template = `template_${checksumOf(directory)}`;
  await client.query('select pg_advisory_lock($1, $2)', TEMPLATE_LOCK);
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount === 0) await makeTemplate(client, server, { template, directory });
    return template;
  } finally {
    await client.query('select pg_advisory_unlock($1, $2)', TEMPLATE_LOCK);
  }
}

/** Migrated under another name first: a template that failed half-way is never cloned. */
async function makeTemplate(
  client: pg.Client,
  server: string,
  of: { readonly template: string; readonly directory: string },
): Promise<void> {
  const draft = `draft_${randomUUID().replaceAll('-', '')}`;
  await client.query(`create database ${draft}`);
  await migrate({ connectionString: databaseUrl(server, draft), directory: of.directory });
  const { rows } = await client.query<{ role: string }>(
    `select rolname as role from pg_roles where rolname like 'missions\\_%'`,
  );
  for (const { role } of rows) {
    await grantLogin({ connectionString: server, role, password: ROLE_PASSWORD });
  }
  await client.query(`alter database ${draft} rename to ${of.template}`);
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(server: string, database: string, role?: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (role !== undefined) {
    url.username = role;
    url.password = ROLE_PASSWORD;
  }
  return url.href;
}
