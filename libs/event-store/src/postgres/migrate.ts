import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { DomainError } from '@missions/kernel';

export interface MigrateOptions {
  /** As the owner of the schema, who may also create roles. */
  readonly connectionString: string;
  /** Holds the numbered `.sql` files. */
  readonly directory: string;
  /** Told the name of every migration after its commit. */
  readonly onApplied?: (name: string) => void;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Two-key advisory lock: the one-key form belongs to streams. */
const MIGRATION_LOCK = [7_140, 2];

/**
 * Applies the migrations that a database lacks, in the order of their numbers, each in a transaction of its own, and
 * returns their names. Safe to run at once from several processes: one applies, the others wait and find nothing to do.
 *
 * Rejects with `DomainError('MIGRATION_CHANGED')` when an applied file was changed or is missing: history is not edited.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const migrations = await migrationsIn(options.directory);
  const client = new pg.Client({
    connectionString: options.connectionString,
    application_name: 'missions-migrate',
    connectionTimeoutMillis: 10_000,
    lock_timeout: 60_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1, $2)', MIGRATION_LOCK);
    return await applyMissing(client, migrations, options.onApplied);
  } finally {
    // Ending the session also lets the lock go.
    await client.end();
  }
}

async function applyMissing(
  client: pg.Client,
  migrations: readonly Migration[],
  onApplied: MigrateOptions['onApplied'],
): Promise<readonly string[]> {
  await client.query(`create table if not exists schema_migration (
    name text collate "C" primary key, checksum text not null, at timestamptz not null default now())`);
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migration',
  );
  refuseChanged(migrations, new Map(rows.map(({ name, checksum }) => [name, checksum])));
  const missing = migrations.filter(({ name }) => !rows.some((row) => row.name === name));
  for (const migration of missing) {
    await apply(client, migration);
    onApplied?.(migration.name);
  }
  return missing.map(({ name }) => name);
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into schema_migration (name, checksum) values ($1, $2)', [name, checksum]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new Error(`Migration ${name} failed and was rolled back.`, { cause: error });
  }
}

function refuseChanged(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const found = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    if (found.get(name) === checksum) continue;
    const what = found.has(name) ? 'was changed' : 'is missing';
    throw new DomainError(
      'MIGRATION_CHANGED',
      `Migration ${name} has been applied to this database, but its file ${what}. Restore it and add a new one instead.`,
      { name },
    );
  }
}

async function migrationsIn(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_\w+\.sql$/.test(name));
  return Promise.all(
    names
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map(async (name) => {
        const sql = await readFile(join(directory, name), 'utf8');
        return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
      }),
  );
}
