import { openPostgres, type EventLogTables, type Postgres } from '@missions/event-store/postgres';
import { settle, testDatabase, type TestDatabase } from '@missions/testing';
import pg from 'pg';
import { recordApplied, Scene, someEvents } from '../conformance/scene.ts';
import { consume } from '../consumer/consume.ts';
import { MemoryBroker } from '../memory/index.ts';
import type { Cursors } from '../cursors.ts';
import { PostgresCursors, PostgresLeadership, type BusTables } from './index.ts';
import type { Transaction } from 'kysely';

type Tables = BusTables & EventLogTables;

describe('cursors in Postgres', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  const opened: Postgres<BusTables>[] = [];
  const scenes: Scene<Transaction<Tables>>[] = [];
  beforeEach(async () => {
    database = await testDatabase();
    admin = new pg.Client(database.connectionString);
    await admin.connect();
  });
  afterEach(async () => {
    await Promise.all(scenes.splice(0).map((scene) => scene.close()));
    await Promise.all(opened.splice(0).map((postgres) => postgres.close()));
    await admin.end();
    await database.drop();
  });

  const open = (connectionString: string, applicationName = 'test'): Postgres<BusTables> => {
    const postgres = openPostgres<BusTables>({ connectionString, poolSize: 8, applicationName });
    opened.push(postgres);
    return postgres;
  };

  const sceneOf = (postgres: Postgres<BusTables>): Scene<Transaction<Tables>> => {
    const broker = new MemoryBroker();
    const scene = new Scene({
      store: postgres.store,
      cursors: new PostgresCursors(postgres.db),
      topology: broker.topology,
      connect: () => Promise.resolve(broker.connect()),
      wipe: () => Promise.resolve(),
      fail: () => Promise.resolve(),
      recover: () => Promise.resolve(),
      published: () => Promise.resolve([]),
      plant: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
    scenes.push(scene);
    return scene;
  };

  it('keep every application at one when connections die in the middle of handlers', async () => {
    const scene = sceneOf(open(database.connectionString));
    const victim = open(database.connectionString, 'victim');
    let handled = 0;
    const consumption = consume(
      { store: victim.store, cursors: new PostgresCursors(victim.db), bus: await scene.fixture.connect() },
      {
        service: 'decide',
        streamPrefix: 'mission-',
        locks: ({ stream }) => [`resources-applied-${stream}`],
        sweepEveryMs: 20,
        batch: 1,
        handle: async (event, context) => {
          handled += 1;
          await recordApplied(event, context);
          if (handled % 7 === 0) await endSessions(admin, 'victim');
        },
      },
    );
    await scene.happened('mission-a', 30);
    await scene.untilApplied(
      'mission-a',
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    await consumption.stop();
    expect(handled).toBeGreaterThan(30);
    expect(await scene.fixture.cursors.listParked()).toEqual([]);
  });

  it('are moved by no other service', async () => {
    const worker = open(database.urlFor('missions_worker'));
    const decide = open(database.urlFor('missions_decide'));
    const foreign = new PostgresCursors(worker.db);
    const own = new PostgresCursors(decide.db);
    await move(decide, own, 'decide');
    await expect(move(worker, foreign, 'decide')).rejects.toThrow(/row-level security/);
    expect(await foreign.position('decide', 'mission-a')).toEqual({ version: 0, parked: false });
    expect(await own.position('decide', 'mission-a')).toEqual({ version: 3, parked: false });
  });

  it('belong to a service under each of its consumer names', async () => {
    const control = open(database.urlFor('missions_mission_control'));
    const cursors = new PostgresCursors(control.db);
    await move(control, cursors, 'mission-control');
    await move(control, cursors, 'mission-control_webhooks');
    expect((await cursors.position('mission-control_webhooks', 'mission-a')).version).toBe(3);
  });

  it('show everybody what is parked, and let the owner alone resume it', async () => {
    const decide = open(database.urlFor('missions_decide'));
    const worker = open(database.urlFor('missions_worker'));
    const own = new PostgresCursors(decide.db);
    const pointer = { consumer: 'decide', stream: 'mission-a', version: 1, tries: 5, error: 'no' };
    await decide.store.transact([], (tx) => own.park(tx.rows, pointer));
    const foreign = new PostgresCursors(worker.db);
    expect(await foreign.listParked()).toMatchObject([pointer]);
    expect(await foreign.resume('decide', 'mission-a')).toBeUndefined();
    expect(await own.resume('decide', 'mission-a')).toMatchObject(pointer);
    expect(await own.listParked()).toEqual([]);
  });

  it('are not moved forward by a sweep that was under way while something was resumed', async () => {
    const { store, db } = open(database.connectionString);
    const cursors = new PostgresCursors(db);
    const pointer = { consumer: 'decide', stream: 'mission-a', version: 1, tries: 5, error: 'no' };
    await store.transact([], (tx) => cursors.park(tx.rows, pointer));
    const underWay = await cursors.sweepMark('decide');
    await cursors.resume('decide', 'mission-a');
    await cursors.moveSweep('decide', underWay, '99.9');
    expect((await cursors.sweepMark('decide')).cursor).toBeUndefined();
    await cursors.moveSweep('decide', await cursors.sweepMark('decide'), '99.9');
    expect((await cursors.sweepMark('decide')).cursor).toBe('99.9');
  });

  it('let the relay find an event that an open transaction held back, without another poke', async () => {
    const postgres = open(database.connectionString);
    const scene = sceneOf(postgres);
    const bus = await scene.fixture.connect();
    const published: string[] = [];
    const relay = await scene.relay({
      bus: {
        onPoke: (handler) => bus.onPoke(handler),
        tail: () => Promise.resolve({ sequence: 0, cursor: undefined }),
        publish: (_stream, after, messages) => {
          published.push(...messages.map(({ id }) => id));
          return Promise.resolve(after + messages.length);
        },
      },
      pollMs: 60_000,
    });
    await settle(() => relay.status().sequence === 0);
    await admin.query('begin');
    await admin.query('select pg_current_xact_id()');
    await postgres.store.append({ stream: 'mission-a', expectedVersion: 0, events: someEvents(1) });
    bus.poke('mission-a', 1);
    await settle(() => relay.status().lagMs > 0);
    expect(published).toEqual([]);
    await admin.query('rollback');
    await settle(() => published.length === 1, { limitMs: 4_000 });
  });
});

describe('leadership in Postgres', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(() => database.drop());

  it('is held by one, and taken over when its session ends', async () => {
    const { connectionString } = database;
    const leaders = [0, 1].map(() => new PostgresLeadership({ connectionString, name: 'relay' }));
    const other = new PostgresLeadership({ connectionString, name: 'something else' });
    for (const leader of [...leaders, other]) leader.start();
    await settle(() => leaders.some((leader) => leader.holds()) && other.holds());
    expect(leaders.filter((leader) => leader.holds())).toHaveLength(1);
    const first = leaders.find((leader) => leader.holds());
    const second = leaders.find((leader) => leader !== first);
    await first?.stop();
    expect(first?.holds()).toBe(false);
    await settle(() => second?.holds());
    await Promise.all([second?.stop(), other.stop()]);
  });

  it('is lost with its session, and won again', async () => {
    const { connectionString } = database;
    const leader = new PostgresLeadership({ connectionString, name: 'relay' });
    leader.start();
    await settle(() => leader.holds());
    const admin = new pg.Client(connectionString);
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leader:relay'`,
    );
    await settle(() => !leader.holds());
    await settle(() => leader.holds());
    await leader.stop();
    await admin.end();
  });
});

async function endSessions(admin: pg.Client, applicationName: string): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = $1 and datname = current_database()`,
    [applicationName],
  );
}

async function move(
  postgres: Postgres<BusTables>,
  cursors: Cursors<Transaction<Tables>>,
  consumer: string,
): Promise<void> {
  await postgres.store.transact([], (tx) =>
    cursors.move(tx.rows, consumer, { stream: 'mission-a', version: 3 }),
  );
}
