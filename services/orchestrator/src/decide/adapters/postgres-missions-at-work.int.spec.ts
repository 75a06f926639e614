import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { eventsOf } from '@missions/kernel';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { sql } from 'kysely';
import { missionsAtWork } from './postgres-missions-at-work.ts';

let database: TestDatabase;
let decide: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  decide = openPostgres({
    connectionString: database.urlFor('missions_decide'),
    poolSize: 2,
    applicationName: 'spec',
  });
});

afterAll(async () => {
  await decide.close();
  await database.drop();
});

async function created(missionId: string, url: string): Promise<void> {
  const provenance = {
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: 'decide' } as const,
    correlationId: 'c',
    causationId: 'c',
  };
  const fact = { type: 'MissionCreated', data: { repository: { url, baseBranch: 'main' } } };
  await decide.store.append({
    stream: `mission-${missionId}`,
    expectedVersion: 0,
    events: eventsOf(missionId, [fact], provenance),
  });
}

it('finds the missions of one branch that have a run', async () => {
  for (const [missionId, url] of [
    ['m-waits', '/repo'],
    ['m-works', '/repo'],
    ['m-rests', '/repo'],
    ['m-elsewhere', '/other'],
  ] as const)
    await created(missionId, url);
  for (const missionId of ['m-waits', 'm-elsewhere'])
    await sql`insert into open_delegation (run_id, mission_id, role, task)
      values (${`${missionId}-r1`}, ${missionId}, 'worker', 'build')`.execute(decide.db);
  await sql`insert into run_lease (run_id, mission_id, token, holder, expires_at)
    values ('m-works-r1', 'm-works', 3, 'host-1', clock_timestamp())`.execute(decide.db);
  expect(await missionsAtWork(decide.db, { url: '/repo', baseBranch: 'main' })).toEqual([
    'm-waits',
    'm-works',
  ]);
  expect(await missionsAtWork(decide.db, { url: '/repo', baseBranch: 'next' })).toEqual([]);
});
