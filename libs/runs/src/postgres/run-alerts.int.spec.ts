import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { approved, command, created, type History } from '@missions/mission/testing';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { sql } from 'kysely';
import type { RunProgress } from '../run-desk.ts';
import { PostgresRunDesk } from './postgres-run-desk.ts';
import { stallSightings, unclaimedRuns } from './run-alerts.ts';
import { followMission } from './run-rows.ts';

const leaseTtlMs = 60_000;
const stall = { stallMs: 600_000, stopMs: 30_000 };

let database: TestDatabase;
let owner: Postgres<unknown>;
let holder: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  const open = (role: string) =>
    openPostgres({ connectionString: database.urlFor(role), poolSize: 2, applicationName: 'spec' });
  owner = open('missions_decide');
  holder = open('missions_worker');
});

afterAll(async () => {
  await owner.close();
  await holder.close();
  await database.drop();
});

/** A mission whose rows are kept, and the moves its holder has reported. */
class Kept {
  private moves = 0;
  private constructor(public history: History) {}

  static async at(history: History): Promise<Kept> {
    await sql`delete from open_delegation`.execute(owner.db);
    await sql`delete from run_lease`.execute(owner.db);
    const kept = new Kept(created());
    await kept.to(history);
    return kept;
  }

  async to(history: History): Promise<void> {
    const before = this.history.mission;
    await followMission(owner.db, { before, after: history.mission, leaseTtlMs });
    this.history = history;
  }

  /** The holder renews its lease; `moved` says that something happened since it did so last. */
  async renew({ moved = false, ...progress }: RunProgress & { moved?: boolean } = {}): Promise<void> {
    if (moved) this.moves += 1;
    const { id: runId, token } = this.history.run;
    const desk = new PostgresRunDesk(holder.db);
    const renewal = await desk.renew({ runId, token, ttlMs: leaseTtlMs, progress, moves: this.moves });
    expect(renewal).toMatchObject({ held: true });
  }

  /** So much time goes by; the holder, if it lives, says at the end of it that nothing has moved. */
  async rest(minutes: number, { alive = true } = {}): Promise<void> {
    await sql`update run_lease set moved_at = moved_at - ${minutes} * interval '1 minute',
      alert_at = alert_at - ${minutes} * interval '1 minute', renewed_at = renewed_at - ${minutes} * interval '1 minute'`.execute(
      owner.db,
    );
    if (alive) await this.renew();
  }

  async due(): Promise<readonly string[]> {
    return (await stallSightings(owner.db, stall, 10)).map((sighting) => sighting.due);
  }

  say(): Promise<void> {
    const { id: runId, token } = this.history.run;
    const stalled = { runId, token, sinceAt: new Date(0).toISOString(), limitMs: stall.stallMs };
    return this.to(this.history.after(command('RecordStall', stalled)));
  }

  tell(type: 'RecordRecovery' | 'StopStalledRun'): Promise<void> {
    const { id: runId, token } = this.history.run;
    return this.to(this.history.after(command(type, { runId, token })));
  }
}

describe('a run whose holder is alive and that does not move', () => {
  it('is to be said at half the time it may rest, and stopped at the whole', async () => {
    const kept = await Kept.at(approved().claimed());
    await kept.renew({ moved: true, lastLine: 'asks the model' });
    await kept.rest(4);
    expect(await kept.due()).toEqual([]);
    await kept.rest(2);
    const { id: runId, token } = kept.history.run;
    expect(await stallSightings(owner.db, stall, 10)).toMatchObject([
      { runId, missionId: 'm-demo1', token, due: 'say', lastLine: 'asks the model' },
    ]);
    await kept.say();
    expect(await kept.due()).toEqual([]);
    await kept.rest(5);
    expect(await kept.due()).toEqual(['stop']);
    await kept.tell('StopStalledRun');
    expect(await kept.due()).toEqual([]);
    await kept.rest(1);
    expect(await kept.due()).toEqual(['fail']);
  });

  it('is taken back when it moves again, however little', async () => {
    const kept = await Kept.at(approved().claimed());
    await kept.rest(6);
    await kept.say();
    await kept.renew({ moved: true });
    expect(await kept.due()).toEqual(['clear']);
    await kept.tell('RecordRecovery');
    expect(await kept.due()).toEqual([]);
  });

  it('is said before it is stopped, also when nobody looked for long', async () => {
    const kept = await Kept.at(approved().claimed());
    await kept.rest(60);
    expect(await kept.due()).toEqual(['say']);
    await kept.say();
    expect(await kept.due()).toEqual(['stop']);
  });

  it('may be as silent as what it does has a limit of its own', async () => {
    const kept = await Kept.at(approved().claimed());
    await kept.renew({ moved: true, lastLine: 'bash npm test', quietMs: 1_200_000 });
    await kept.rest(20);
    expect(await kept.due()).toEqual([]);
    await kept.rest(6);
    expect(await kept.due()).toEqual(['say']);
  });

  it('is no stall while its holder is dead or cut off: that is its lease’s matter', async () => {
    const kept = await Kept.at(approved().claimed());
    await kept.rest(60, { alive: false });
    expect(await kept.due()).toEqual([]);
  });

  it('begins anew with the next holder', async () => {
    const kept = await Kept.at(approved().claimed());
    await kept.rest(6);
    await kept.say();
    await kept.to(kept.history.released().claimed());
    expect(await kept.due()).toEqual([]);
    await kept.rest(4);
    expect(await kept.due()).toEqual([]);
  });
});

describe('a run that nobody claims', () => {
  const unclaimed = () => unclaimedRuns(owner.db, 300_000, 10);

  it('is found once it has waited for too long, until the mission has said so', async () => {
    const kept = await Kept.at(approved());
    expect(await unclaimed()).toEqual([]);
    await sql`update open_delegation set delegated_at = delegated_at - interval '6 minutes'`.execute(
      owner.db,
    );
    const { id: runId } = kept.history.run;
    expect(await unclaimed()).toMatchObject([
      { runId, missionId: 'm-demo1', role: 'worker', task: 'build', labels: [], heldElsewhere: 0 },
    ]);
    const said = { runId, sinceAt: new Date(0).toISOString(), needs: 'Start a worker.' };
    await kept.to(kept.history.after(command('RecordUnclaimed', said)));
    expect(await unclaimed()).toEqual([]);
    await kept.to(kept.history.claimed());
    await kept.to(kept.history.released());
    expect(await unclaimed()).toEqual([]);
    await sql`update open_delegation set delegated_at = delegated_at - interval '6 minutes'`.execute(
      owner.db,
    );
    expect(await unclaimed()).toHaveLength(1);
  });
});
