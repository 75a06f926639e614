import { closingTools, type RefusedClose } from '@missions/contracts';
import { runStream } from '@missions/mission';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { RunTranscripts } from '../ports/run-transcripts.ts';

const PREFIX = runStream('');
/** Of what was answered, as much as a list can show. */
const SHOWN = 500;

interface RefusedRow {
  readonly stream: string;
  readonly count: number;
  readonly last: string;
}

export class PostgresRunTranscripts implements RunTranscripts {
  constructor(private readonly database: QueryExecutorProvider) {}

  // A helper's id is that of its run and a dot; `/` comes right behind the dot, so that the index is read between the two.
  async helpersOf(runId: string): Promise<readonly string[]> {
    const { rows } = await sql<{ readonly stream: string }>`
      select stream from event
      where stream > ${`${runStream(runId)}.`} and stream < ${`${runStream(runId)}/`} and version = 1
      order by tx, pos`.execute(this.database);
    return rows.map(({ stream }) => stream.slice(PREFIX.length));
  }

  async refusedCloses(runIds: readonly string[]): Promise<ReadonlyMap<string, RefusedClose>> {
    const { rows } = await sql<RefusedRow>`
      select stream, count(*)::int as count,
        left((array_agg(result ->> 'content' order by version desc))[1], ${SHOWN}) as last
      from event, json_array_elements(data -> 'results') as result
      where stream = any(${runIds.map(runStream)}::text[]) and type = 'ToolResultsRecorded'
        and (result ->> 'isError')::boolean and result ->> 'tool' = any(${[...closingTools]}::text[])
      group by stream`.execute(this.database);
    return new Map(rows.map(({ stream, count, last }) => [stream.slice(PREFIX.length), { count, last }]));
  }
}
