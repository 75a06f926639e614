import { auditStreams, type StreamAudit } from '@missions/event-store';
import { openPostgres } from '@missions/event-store/postgres';
import { evolve, initialMission, type Mission } from '@missions/mission';
import type pg from 'pg';
import type { Deposit, LoggedEvent, LoggedMission, Rows } from './evidence.ts';

export interface GatheredLog {
  readonly audits: readonly StreamAudit[];
  readonly streams: ReadonlyMap<string, readonly LoggedEvent[]>;
  readonly missions: readonly LoggedMission[];
  readonly artifacts: ReadonlySet<string>;
  readonly rows: Rows;
  readonly deposits: readonly Deposit[];
}

/** Reads the log as it is stored, the rows beside it, and (for the search of secrets) every artifact. */
export async function gatherLog(
  databaseUrl: string,
  { withArtifacts }: { readonly withArtifacts: boolean },
): Promise<GatheredLog> {
  const postgres = openPostgres({
    connectionString: databaseUrl,
    poolSize: 2,
    applicationName: 'invariant checker',
  });
  try {
    const audits: StreamAudit[] = [];
    for await (const audit of auditStreams({ source: postgres.store })) audits.push(audit);
    const events = await eventsOf(postgres.pool);
    const streams = Map.groupBy(events, ({ stream }) => stream);
    for (const stream of streams.values()) stream.sort((left, right) => left.version - right.version);
    const { rows: digests } = await postgres.pool.query<{ digest: string }>('select digest from artifact');
    return {
      audits,
      streams,
      missions: missionsOf(streams),
      artifacts: new Set(digests.map(({ digest }) => digest)),
      rows: await rowsOf(postgres.pool),
      deposits: withArtifacts ? await artifactTexts(postgres.pool) : [],
    };
  } finally {
    await postgres.close();
  }
}

interface StoredRow {
  stream: string;
  version: number;
  id: string;
  type: string;
  schema: number;
  token: number | null;
  meta: string;
  data: string;
}

async function eventsOf(pool: pg.Pool): Promise<LoggedEvent[]> {
  const { rows } = await pool.query<StoredRow>(
    'select stream, version, id, type, schema, token, meta::text, data::text from event order by tx, pos',
  );
  return rows.map(({ meta, data, token, ...row }, place) => ({
    ...(JSON.parse(meta) as Pick<LoggedEvent, 'occurredAt' | 'actor' | 'correlationId' | 'causationId'>),
    ...row,
    ...(token !== null && { token }),
    data: JSON.parse(data) as unknown,
    place,
    text: `${meta}\n${data}`,
  }));
}

function missionsOf(streams: ReadonlyMap<string, readonly LoggedEvent[]>): readonly LoggedMission[] {
  return [...streams].flatMap(([stream, events]): LoggedMission[] => {
    if (!stream.startsWith('mission-')) return [];
    const states: Mission[] = [initialMission];
    for (const event of events) states.push(evolve(states.at(-1) ?? initialMission, event));
    return [{ id: stream.slice('mission-'.length), events, states, now: states.at(-1) ?? initialMission }];
  });
}

async function rowsOf(pool: pg.Pool): Promise<Rows> {
  const rows = async <Row>(sql: string): Promise<readonly Row[]> =>
    (await pool.query(sql)).rows as readonly Row[];
  return {
    delegations: await rows('select run_id as "runId", mission_id as "missionId" from open_delegation'),
    leases: await rows(
      'select run_id as "runId", mission_id as "missionId", token::integer as token from run_lease',
    ),
    cards: await rows(
      'select mission_id as "missionId", seq, card ->> \'updatedAt\' as "updatedAt", card from mission_card',
    ),
    cursors: await rows('select consumer, stream, version from bus_cursor'),
    parked: await rows('select consumer, stream, error from parked'),
  };
}

async function artifactTexts(pool: pg.Pool): Promise<readonly Deposit[]> {
  const { rows } = await pool.query<{ digest: string; bytes: Buffer }>(
    'select digest, bytes from artifact_chunk order by digest, seq',
  );
  return [...Map.groupBy(rows, ({ digest }) => digest)].map(([digest, chunks]) => ({
    where: `artifact ${digest}`,
    text: Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('latin1'),
  }));
}
