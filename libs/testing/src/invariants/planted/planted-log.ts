import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { missionCard } from '@missions/contracts';
import { openPostgres } from '@missions/event-store/postgres';
import { claimableRun, openRun } from '@missions/mission';
import { PersonRepository } from '@missions/workspace/conformance';
import pg from 'pg';
import { temporaryDirectory } from '../../temporary-directory.ts';
import { testDatabase } from '../../test-database.ts';
import type { InvariantSubject } from '../evidence.ts';
import { playMissions, type PlayedMissions } from './played-missions.ts';
import type { PlayedMission } from './played-mission.ts';

/** A clean log in a database of its own, and the means to break it in ways the product never could. */
export interface PlantedLog extends AsyncDisposable, PlayedMissions {
  readonly subject: InvariantSubject & { readonly stateDir: string };
  readonly repository: PersonRepository;
  /** SQL with the guards of the log switched off; afterwards the hash chain fits again, so that only the plant shows. */
  readonly plant: (sql: string, values?: readonly unknown[]) => Promise<void>;
  /** The same, but the chain is left as it is. */
  readonly tamper: (sql: string, values?: readonly unknown[]) => Promise<void>;
}

export async function plantedLog(): Promise<PlantedLog> {
  const database = await testDatabase();
  const directory = temporaryDirectory('missions-invariants-');
  const stateDir = join(directory.path, 'state');
  mkdirSync(stateDir);
  const repository = PersonRepository.create(join(directory.path, 'repository'));
  const played = await write(database.connectionString, repository);
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  const tamper = async (sql: string, values: readonly unknown[] = []): Promise<void> => {
    await client.query('alter table event disable trigger all');
    await client.query(sql, [...values]);
  };
  return {
    ...played,
    repository,
    subject: {
      databaseUrl: database.connectionString,
      repositories: [played.completed, played.working].map(({ id }) => ({
        missionId: id,
        path: repository.path,
      })),
      stateDir,
      atRest: true,
    },
    tamper,
    plant: async (sql, values) => {
      await tamper(sql, values);
      await client.query(RECHAIN);
    },
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await database.drop();
      directory.remove();
    },
  };
}

async function write(databaseUrl: string, repository: PersonRepository): Promise<PlayedMissions> {
  const postgres = openPostgres({
    connectionString: databaseUrl,
    poolSize: 1,
    applicationName: 'planted log',
  });
  try {
    const { digest } = await postgres.artifacts.put(Buffer.from('exit code 0'), { mediaType: 'text/plain' });
    const played = playMissions(repository, digest);
    for (const mission of [played.completed, played.working]) {
      for (const { stream, events } of mission.appends)
        await postgres.store.append({ stream, expectedVersion: 'any', events });
      await writeRows(postgres.pool, mission);
    }
    return played;
  } finally {
    await postgres.close();
  }
}

/** What the mission's owner and Mission Control keep beside the log. */
async function writeRows(pool: pg.Pool, { id, state }: PlayedMission): Promise<void> {
  const offered = claimableRun(state);
  const held = openRun(state);
  if (offered)
    await pool.query('insert into open_delegation (run_id, mission_id, role, task) values ($1, $2, $3, $4)', [
      offered.id,
      id,
      offered.role,
      offered.task,
    ]);
  if (held?.status === 'running')
    await pool.query(
      "insert into run_lease (run_id, mission_id, token, holder, expires_at) values ($1, $2, $3, $4, now() + interval '1 hour')",
      [held.id, id, held.token, held.holder],
    );
  const card = missionCard(state, { updatedAt: '2026-01-01T00:00:00.000Z' });
  await pool.query(
    'insert into mission_card (mission_id, seq, needs_you, updated_at, card) values ($1, $2, false, now(), $3)',
    [id, state.version, JSON.stringify(card)],
  );
}

const RECHAIN = `do $$
declare
  one record;
  chain bytea;
  current text := '';
begin
  for one in select * from event order by stream, version loop
    if one.stream <> current then
      chain := '';
      current := one.stream;
    end if;
    chain := chain_hash(chain, one.stream, one.version, one.id, one.type, one.schema::text, one.token,
      one.meta::text, one.data::text);
    update event set hash = chain where stream = one.stream and version = one.version;
  end loop;
end
$$`;
