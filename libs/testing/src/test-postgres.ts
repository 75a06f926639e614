import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POSTGRES_STOP, rememberProcess, startCluster, stateDirectory, withFileLock } from '@missions/local';
import { testRunDirectory } from './test-run.ts';

let known: Promise<string> | undefined;

/**
 * The superuser URL of the Postgres server all tests of this run share: `MISSIONS_TEST_POSTGRES` when given, else an
 * embedded one, started by the first that asks and ended with the run. Every test takes its own database on it.
 */
export function testPostgresUrl(): Promise<string> {
  const given = process.env['MISSIONS_TEST_POSTGRES'];
  if (given !== undefined && given !== '') return Promise.resolve(given);
  known ??= startedOnce(testRunDirectory());
  return known;
}

async function startedOnce(run: string): Promise<string> {
  const note = join(run, 'postgres.url');
  return withFileLock(join(run, 'postgres.lock'), 90_000, async () => {
    if (existsSync(note)) return readFileSync(note, 'utf8');
    const cluster = await startCluster({
      stateDir: stateDirectory(),
      directory: join(run, 'postgres'),
      password: randomUUID(),
      throwAway: true,
      onSpawn: (identity) => {
        rememberProcess(run, { name: 'postgres', ...identity, ...POSTGRES_STOP, stopSignal: 'SIGQUIT' });
      },
    });
    writeFileSync(note, cluster.url, { mode: 0o600 });
    return cluster.url;
  });
}
