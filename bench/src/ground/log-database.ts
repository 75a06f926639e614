import { migrate, openPostgres, type Postgres } from '@missions/event-store/postgres';
import { urlAs } from '@missions/local';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { PLAIN_TABLE, PlainTable } from './plain-table.ts';

const migrations = fileURLToPath(new URL('../../../infra/postgres/migrations', import.meta.url));

/** A database with the product's schema and the plain table beside it. */
export interface LogDatabase {
  /** The log as the mission's owner writes it, and the plain table over the same connections. */
  readonly open: (poolSize: number) => OpenLog;
  readonly adminUrl: string;
}

export interface OpenLog {
  readonly store: Postgres<unknown>['store'];
  readonly plain: PlainTable;
  readonly close: () => Promise<void>;
}

export interface LogDatabaseInput {
  /** The superuser's URL of any database of the server. */
  readonly serverUrl: string;
  readonly name: string;
  readonly role: string;
  readonly password: string;
}

export async function createLogDatabase(input: LogDatabaseInput): Promise<LogDatabase> {
  const { serverUrl, name, role, password } = input;
  await asAdmin(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await migrate({ connectionString: url.href, directory: migrations });
  return preparedLog(url.href, urlAs(url.href, role, password));
}

/** A database that was migrated already: the plain table is made beside its log. */
export async function preparedLog(adminUrl: string, ownerUrl: string): Promise<LogDatabase> {
  await asAdmin(adminUrl, PLAIN_TABLE);
  return { adminUrl, open: (poolSize) => openLog(ownerUrl, poolSize) };
}

/** Runs statements as the superuser, one after another, and answers the rows of the last one. */
export async function asAdmin<Row extends pg.QueryResultRow>(
  url: string,
  ...statements: readonly string[]
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    let rows: readonly Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

function openLog(ownerUrl: string, poolSize: number): OpenLog {
  const postgres = openPostgres({ connectionString: ownerUrl, poolSize, applicationName: 'missions bench' });
  return { store: postgres.store, plain: new PlainTable(postgres.pool), close: postgres.close };
}
