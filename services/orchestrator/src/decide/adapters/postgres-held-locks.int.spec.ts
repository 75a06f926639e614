import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { PostgresHeldLocks } from './postgres-held-locks.ts';

let database: TestDatabase;
let postgres: Postgres<unknown>;
let locks: PostgresHeldLocks;

beforeAll(async () => {
  database = await testDatabase();
  postgres = openPostgres({
    connectionString: database.urlFor('missions_decide'),
    poolSize: 2,
    applicationName: 'test',
  });
  locks = new PostgresHeldLocks(postgres.db);
}, 60_000);

afterAll(async () => {
  await postgres.close();
  await database.drop();
});

const lock = (missionId: string, token?: number) => ({
  claimId: `${missionId}/lock`,
  missionId,
  runId: `${missionId}-r1`,
  scope: 'local',
  token,
});

async function waiting(missionId: string) {
  return (await locks.waiting()).find((one) => one.missionId === missionId);
}

describe('the rows of claims that wait', () => {
  it('tell since when they wait, which a repeat does not change', async () => {
    await locks.remember(lock('m-1'));
    const first = await waiting('m-1');
    await locks.remember(lock('m-1'));
    expect(await waiting('m-1')).toMatchObject({ since: first?.since, isOverdue: false });
    expect(first?.waitedMs).toBeGreaterThanOrEqual(0);
  });

  it('wait anew when their mission goes on, and only they', async () => {
    for (const mission of ['m-2', 'm-3']) {
      await locks.remember(lock(mission));
      await locks.markOverdue(`${mission}/lock`);
    }
    const before = await waiting('m-2');
    await locks.waitAnew('m-2');
    const after = await waiting('m-2');
    expect(after?.isOverdue).toBe(false);
    expect(after?.since.getTime()).toBeGreaterThanOrEqual(before?.since.getTime() ?? Infinity);
    expect(await waiting('m-3')).toMatchObject({ isOverdue: true });
  });

  it('begin with the run that takes over what was asked for ahead', async () => {
    const ahead = { ...lock('m-5'), runId: '' };
    await locks.remember(ahead);
    expect(await waiting('m-5')).toBeUndefined();
    expect(await locks.ahead()).toMatchObject([{ claimId: ahead.claimId, missionId: 'm-5' }]);
    await locks.remember(lock('m-5'));
    await locks.remember({ ...ahead, token: 8 });
    expect(await locks.ahead()).toEqual([]);
    expect(await locks.find(ahead.claimId)).toMatchObject({ runId: 'm-5-r1', token: 8 });
  });

  it('wait on under the claim that is made in their stead, known already or not', async () => {
    const next = (claimId: string) => ({ ...lock('m-6'), claimId });
    await locks.remember(lock('m-6'));
    const first = await waiting('m-6');
    await locks.markOverdue('m-6/lock');
    await locks.passOn('m-6/lock', 'm-6/lock-2');
    expect(await locks.find('m-6/lock')).toBeUndefined();
    await locks.remember(next('m-6/lock-2'));
    expect(await waiting('m-6')).toMatchObject({
      claimId: 'm-6/lock-2',
      since: first?.since,
      isOverdue: false,
    });
    await locks.remember(next('m-6/lock-3'));
    await locks.passOn('m-6/lock-2', 'm-6/lock-3');
    await locks.passOn('m-6/lock-2', 'm-6/lock-3');
    expect(await waiting('m-6')).toMatchObject({ claimId: 'm-6/lock-3', since: first?.since });
    expect(await locks.find('m-6/lock-2')).toBeUndefined();
  });

  it('are none once they are granted', async () => {
    await locks.remember(lock('m-4'));
    await locks.remember(lock('m-4', 7));
    expect(await waiting('m-4')).toBeUndefined();
    expect(await locks.find('m-4/lock')).toMatchObject({ token: 7 });
  });
});
