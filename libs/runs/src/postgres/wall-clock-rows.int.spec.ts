import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { by, command, created, decideService, type History } from '@missions/mission/testing';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { sql } from 'kysely';
import { followMission } from './run-rows.ts';
import { dueWallClocks } from './wall-clock-rows.ts';

let database: TestDatabase;
let owner: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  owner = openPostgres({
    connectionString: database.urlFor('missions_decide'),
    poolSize: 2,
    applicationName: 'spec',
  });
});

afterAll(async () => {
  await owner.close();
  await database.drop();
});

async function follow(before: History, after: History): Promise<readonly string[]> {
  await followMission(owner.db, { before: before.mission, after: after.mission, leaseTtlMs: 1000 });
  const { rows } = await sql<{ run_id: string; token: string; due_at: Date }>`
    select run_id, token, due_at from wall_clock_due`.execute(owner.db);
  return rows.map((row) => `${row.run_id} ${row.token} ${row.due_at.toISOString()}`);
}

describe('the row that says when to look at a wall clock', () => {
  it('comes with the claim, moves with what is warned of, and goes with the hold', async () => {
    const open = created({ budget: { maxWallClockMin: 10 } });
    const claimed = open.claimed();
    const { id, token } = claimed.run;
    const row = (due: string): string => `${id} ${String(token)} ${due}`;
    // The case begins at ten o'clock, and half of its ten minutes is the first part to be warned of.
    expect(await follow(open, claimed)).toEqual([row('2026-03-01T10:05:00.000Z')]);
    const check = command('CheckWallClock', { runId: id, token });
    const warned = claimed.after(check, by(decideService, '2026-03-01T10:05:00.000Z'));
    expect(await follow(claimed, warned)).toEqual([row('2026-03-01T10:08:00.000Z')]);
    expect(await dueWallClocks(owner.db, 10)).toMatchObject([{ runId: id, missionId: 'm-demo1', token }]);
    expect(await follow(warned, warned.released())).toEqual([]);
  });

  it('is none for a mission without a limit', async () => {
    const open = created();
    expect(await follow(open, open.claimed())).toEqual([]);
  });
});
