import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Place } from './spellings.ts';

const manyBytes = 1024 * 1024 * 1024;

/** Every file below a directory, as it lies there: service logs, JetStream's blocks, the database's own files, workspaces. */
export function filesBelow(directory: string, leftOut: (path: string) => boolean): readonly Place[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !leftOut(path))
    .flatMap((where) => {
      try {
        return [{ where, bytes: readFileSync(where) }];
      } catch {
        // A file of a running server may go away between the listing and the look.
        return [];
      }
    });
}

/** Every row of every table, as text, and every artifact whole. */
export async function rowsOf(databaseUrl: string): Promise<readonly Place[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
    );
    const places: Place[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      places.push({ where: `table ${name}`, bytes: Buffer.from(rows.map(({ text }) => text).join('\n')) });
    }
    return [...places, ...(await artifactsOf(client))];
  } finally {
    await client.end();
  }
}

async function artifactsOf(client: pg.Client): Promise<readonly Place[]> {
  const { rows } = await client.query<{ digest: string; bytes: Buffer }>(
    'select digest, bytes from artifact_chunk order by digest, seq',
  );
  return [...Map.groupBy(rows, ({ digest }) => digest)].map(([digest, chunks]) => ({
    where: `artifact ${digest}`,
    bytes: Buffer.concat(chunks.map(({ bytes }) => bytes)),
  }));
}

/** Every object of every Git store below a directory, unpacked, also those that nothing reaches. */
export function gitObjectsBelow(directory: string): readonly Place[] {
  return gitStoresBelow(directory).map((store) => ({
    where: `Git objects of ${store}`,
    bytes: objectsOf(store),
  }));
}

/** What Git bundles among the places hold, unpacked; what they build on is taken from the stores below the directory. */
export function bundledObjects(places: readonly Place[], directory: string): readonly Place[] {
  const stores = gitStoresBelow(directory);
  const bundles = places.filter(({ bytes }) =>
    bytes.subarray(0, 20).toString('latin1').includes('git bundle'),
  );
  return bundles.map(({ where, bytes }) => {
    const scratch = mkdtempSync(join(tmpdir(), 'missions-bundle-'));
    try {
      git(scratch, 'init', '--quiet', '--bare', '.');
      const alternates = stores.map((store) => join(store, 'objects')).join('\n');
      writeFileSync(join(scratch, 'objects/info/alternates'), `${alternates}\n`);
      writeFileSync(join(scratch, 'bundle'), bytes);
      git(scratch, 'bundle', 'unbundle', join(scratch, 'bundle'));
      rmSync(join(scratch, 'objects/info/alternates'));
      return { where: `bundle in ${where}`, bytes: objectsOf(scratch) };
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

function gitStoresBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'HEAD')
    .map((entry) => entry.parentPath)
    .filter((path) => existsSync(join(path, 'objects')) && statSync(join(path, 'objects')).isDirectory());
}

function objectsOf(store: string): Buffer {
  return git(store, 'cat-file', '--batch-all-objects', '--batch', '--unordered');
}

function git(store: string, ...args: readonly string[]): Buffer {
  return execFileSync('git', ['-c', 'safe.directory=*', ...args], {
    cwd: store,
    env: {
      PATH: process.env['PATH'],
      GIT_DIR: store,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
    maxBuffer: manyBytes,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
