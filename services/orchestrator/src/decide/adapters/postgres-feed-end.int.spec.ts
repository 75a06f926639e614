import { eventsOf } from '@missions/kernel';
import type { FeedCursor } from '@missions/event-store';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { settle, testDatabase, type TestDatabase } from '@missions/testing';
import { waitingBehind } from './postgres-feed-end.ts';

let database: TestDatabase;
let decide: Postgres<unknown>;
let other: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  const open = () =>
    openPostgres({
      connectionString: database.urlFor('missions_decide'),
      poolSize: 2,
      applicationName: 'spec',
    });
  decide = open();
  other = open();
});

afterAll(async () => {
  await decide.close();
  await other.close();
  await database.drop();
});

const provenance = {
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'decide' } as const,
  correlationId: 'c',
  causationId: 'c',
};

/** The horizon is the whole server's: transactions of other databases hold it back for a moment as well. */
function isReadableBehind(cursor: FeedCursor | undefined): Promise<boolean> {
  return settle(async () => (await waitingBehind(decide.db, cursor))?.isReadable === true);
}

describe('the end of the log as a relay’s health sees it', () => {
  it('holds what waits behind a place, also while the feed lets it not out yet', async () => {
    const { store } = decide;
    const stream = 'mission-m-end1';
    const append = (id: string, expectedVersion: number) =>
      store.append({
        stream,
        expectedVersion,
        events: eventsOf(id, [{ type: 'Noted', data: {} }], provenance),
      });

    expect(await waitingBehind(decide.db, undefined)).toBeUndefined();
    await append('one', 0);
    await isReadableBehind(undefined);
    const { next } = await store.feed({ after: undefined, limit: 10 });
    expect(await waitingBehind(decide.db, next)).toBeUndefined();

    const client = await other.pool.connect();
    try {
      await client.query('begin');
      await client.query('select pg_current_xact_id()');
      await append('two', 1);
      expect((await store.feed({ after: next, limit: 10 })).events).toEqual([]);
      expect(await waitingBehind(decide.db, next)).toMatchObject({ isReadable: false });
      await client.query('rollback');
    } finally {
      client.release();
    }
    await isReadableBehind(next);
  });
});
