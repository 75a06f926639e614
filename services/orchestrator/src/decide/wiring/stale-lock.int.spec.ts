import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { missionStream } from '@missions/mission';
import { approved, smallProposal, type History } from '@missions/mission/testing';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { PostgresMissionFollower } from './postgres-mission-follower.ts';

const follower = new PostgresMissionFollower(60_000);
const scope = 'local';
const token = 7;

/** A build that was granted what its feature touches. */
const building = approved({}, smallProposal({ touches: ['port:/local/8080'] })).claimed();
const claimId = building.run.lock?.claimId ?? '';
const stream = missionStream(building.mission.id);

let database: TestDatabase;
let decide: Postgres<unknown>;
let ledgers: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  const open = (role: string) =>
    openPostgres({ connectionString: database.urlFor(role), poolSize: 2, applicationName: 'spec' });
  [decide, ledgers] = [open('missions_decide'), open('missions_resource_lock')];
});

afterAll(async () => {
  await Promise.all([decide.close(), ledgers.close()]);
  await database.drop();
});

beforeEach(async () => {
  await ledgers.pool.query(`delete from resource_lease`);
  await decide.pool.query(`delete from held_lock`);
  await decide.pool.query(
    `insert into held_lock (claim_id, mission_id, run_id, scope, token) values ($1, $2, $3, $4, $5)`,
    [claimId, building.mission.id, building.run.id, scope, token],
  );
});

/** The ledger grants it, and keeps its clock. */
async function granted(under: number): Promise<void> {
  await ledgers.pool.query(
    `insert into resource_lease (scope, claim_id, token, holder, ttl_ms, expires_at)
     values ($1, $2, $3, 'm', 1000, 'infinity')`,
    [scope, claimId, under],
  );
}

/** As `decide` writes what follows from a command. */
function followed(after: History): Promise<void> {
  return decide.store.transact([stream], (tx) => follower.follow(tx.rows, building.mission, after.mission));
}

describe('the result of a run that shares something', () => {
  it('counts while its ledger holds it', async () => {
    await granted(token);
    await expect(followed(building.built())).resolves.toBeUndefined();
  });

  it.each<readonly [string, () => Promise<void>]>([
    ['has ended', () => Promise.resolve()],
    ['was granted anew since', () => granted(token + 9)],
    ['has another grant', () => granted(token - 3)],
  ])('does not when its claim %s, although the mission has not heard of it', async (_what, happened) => {
    await happened();
    for (const _time of [1, 2])
      await expect(followed(building.built())).rejects.toMatchObject({
        code: 'LOCK_LOST',
        evidence: { claimIds: [claimId] },
      });
  });

  it('keeps its ledger from ending the claim until it is recorded', async () => {
    await granted(token);
    await decide.store.transact([stream], async (tx) => {
      await follower.follow(tx.rows, building.mission, building.built().mission);
      await expect(
        ledgers.pool.query(`set lock_timeout = '50ms'; delete from resource_lease`),
      ).rejects.toMatchObject({ code: '55P03' });
    });
  });

  it('would count without the look at the ledger’s clock', async () => {
    const owner = openPostgres({
      connectionString: database.connectionString,
      poolSize: 1,
      applicationName: 'spec',
    });
    const guard = await owner.pool.query<{ definition: string }>(
      `select pg_get_functiondef('holds_claims(text[])'::regprocedure) as definition`,
    );
    await expect(followed(building.built())).rejects.toMatchObject({ code: 'LOCK_LOST' });
    await owner.pool.query(
      `create or replace function holds_claims(p_claim_ids text[]) returns boolean language plpgsql
       security definer set search_path = public as $$ begin return true; end $$`,
    );
    await expect(followed(building.built())).resolves.toBeUndefined();
    await owner.pool.query(guard.rows[0]?.definition ?? '');
    await owner.close();
  });

  it('is not asked for when the run ends without one', async () => {
    await expect(followed(building.failed('tool'))).resolves.toBeUndefined();
    await expect(followed(building.released())).resolves.toBeUndefined();
  });
});
