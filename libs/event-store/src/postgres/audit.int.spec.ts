import { testDatabase, type TestDatabase } from '@missions/testing';
import { auditStreams, type StreamAudit } from '../audit.ts';
import { newStream, someEvents } from '../conformance/index.ts';
import { openPostgres, type Postgres } from './index.ts';

let database: TestDatabase;
let postgres: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  const { connectionString } = database;
  postgres = openPostgres({ connectionString, poolSize: 4, applicationName: 'test' });
});

afterAll(async () => {
  await postgres.close();
  await database.drop();
});

/** Changes the log as only its owner can, by switching the guard off. */
async function tampered(sql: string, stream: string): Promise<void> {
  await postgres.pool.query('alter table event disable trigger append_only');
  await postgres.pool.query(sql, [stream]);
  await postgres.pool.query('alter table event enable trigger append_only');
}

async function auditOf(stream: string): Promise<StreamAudit | undefined> {
  for await (const audit of auditStreams({ source: postgres.store, stream })) return audit;
  return undefined;
}

describe('the audit of a log that was changed', () => {
  it.each([
    ['data', `update event set data = '{"featureId":"F-002"}' where stream = $1 and version = 2`, 1],
    [
      'white space in data',
      `update event set data = '{ "featureId":"F-001"}' where stream = $1 and version = 2`,
      1,
    ],
    ['a type', `update event set type = 'FeatureReopened' where stream = $1 and version = 3`, 2],
    ['the actor', `update event set meta = '{}' where stream = $1 and version = 1`, 0],
    ['a token', `update event set token = 99 where stream = $1 and version = 3`, 2],
    ['a hash', `update event set hash = sha256(hash) where stream = $1 and version = 2`, 1],
    ['a removed event', `delete from event where stream = $1 and version = 2`, 1],
    ['a removed beginning', `delete from event where stream = $1 and version = 1`, 0],
    [
      'two events exchanged',
      `update event e set id = o.id || '~', data = o.data, hash = o.hash from event o
         where e.stream = $1 and o.stream = $1 and e.version + o.version = 5 and e.version in (2, 3)`,
      1,
    ],
  ])('finds %s', async (_what, sql, rightVersions) => {
    const stream = newStream('run');
    await postgres.store.append({ stream, expectedVersion: 0, events: someEvents(4, { token: 1 }) });
    expect(await auditOf(stream)).toMatchObject({ ok: true, versions: 4 });
    await tampered(sql, stream);
    expect(await auditOf(stream)).toMatchObject({
      stream,
      ok: false,
      versions: rightVersions,
      problem: expect.stringContaining(`version ${String(rightVersions + 1)}`) as string,
    });
  });
});

describe('rebasing the feed after a restore into a younger cluster', () => {
  it('makes every event visible again, in the same order, before all that follow', async () => {
    const streams = [newStream(), newStream(), newStream()];
    for (const stream of streams) {
      await postgres.store.append({ stream, expectedVersion: 0, events: someEvents(3) });
    }
    const { rows } = await postgres.pool.query<{ id: string }>('select id from event order by tx, pos');
    const before = rows.map(({ id }) => id);
    await tampered(`update event set tx = (tx::text::bigint + 1000000000)::text::xid8 where $1 <> ''`, 'all');
    expect((await postgres.store.feed({ after: undefined, limit: 1_000 })).events).toEqual([]);

    await postgres.pool.query('select rebase_feed()');
    const [stream = ''] = streams;
    const { events } = await postgres.store.append({ stream, expectedVersion: 3, events: someEvents(1) });
    const feed = await postgres.store.feed({ after: undefined, limit: 1_000 });
    const seen = feed.events.map(({ event }) => event.id);
    expect(seen.slice(0, before.length)).toEqual(before);
    expect([before.length, before.length + 1]).toContain(seen.length);
    expect(before).not.toContain(events[0]?.id);
    expect(await auditOf(stream)).toMatchObject({ ok: true, versions: 4 });
  });
});
