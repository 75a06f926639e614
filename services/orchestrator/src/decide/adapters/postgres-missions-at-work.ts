import type { Repository } from '@missions/mission';
import { sql, type QueryExecutorProvider } from 'kysely';

/** Missions of a repository's branch with a run that waits to be claimed or is held. */
export async function missionsAtWork(
  database: QueryExecutorProvider,
  { url, baseBranch }: Pick<Repository, 'url' | 'baseBranch'>,
): Promise<readonly string[]> {
  // The first event of a mission says what it is about.
  const { rows } = await sql<{ mission_id: string }>`
    select mission_id from (select mission_id from open_delegation union select mission_id from run_lease) as at_work
    join event on event.stream = 'mission-' || mission_id and event.version = 1
    where event.data::jsonb #>> '{repository,url}' = ${url}
      and event.data::jsonb #>> '{repository,baseBranch}' = ${baseBranch}
    order by mission_id`.execute(database);
  return rows.map(({ mission_id }) => mission_id);
}
