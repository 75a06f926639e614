import { settle, testDatabase, type TestDatabase } from '@missions/testing';
import { anEvent, newStream, someEvents } from '../conformance/index.ts';
import { auditStreams } from '../audit.ts';
import type { EventStore } from '../event-store.ts';
import { openPostgres, type Postgres } from './index.ts';

let database: TestDatabase;
let postgres: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  postgres = openPostgres({
    connectionString: database.connectionString,
    poolSize: 8,
    applicationName: 'test',
  });
  await postgres.pool.query(
    `create function echo_beside(p_argument jsonb) returns jsonb language sql as 'select p_argument';
     create table held_beside (name text primary key);
     create function hold_beside(p_argument jsonb) returns void language sql
       as 'insert into held_beside values (p_argument ->> 0)'`,
  );
});

afterAll(async () => {
  await postgres.close();
  await database.drop();
});

const one = (stream: string, expectedVersion: number | 'any', given = {}) =>
  postgres.store.append({ stream, expectedVersion, events: [anEvent(given)] });

const several = (store: EventStore, stream: string, expectedVersion: number | 'any') =>
  store.append({
    stream,
    expectedVersion,
    events: someEvents(2),
    beside: { call: 'echo_beside', argument: stream },
  });

/** Waits for whoever has inserted the same row. */
const holding = (stream: string) =>
  postgres.store.append({
    stream,
    expectedVersion: 0,
    events: [anEvent()],
    beside: { call: 'hold_beside', argument: [stream] },
  });

/** Transactions that wrote the events of the streams. */
async function commitsOf(streams: readonly string[]): Promise<number> {
  const { rows } = await postgres.pool.query<{ commits: number }>(
    'select count(distinct tx)::int as commits from event where stream = any($1)',
    [streams],
  );
  return rows[0]?.commits ?? 0;
}

const manyStreams = (count: number): readonly string[] => Array.from({ length: count }, () => newStream());

describe('appends that are made together', () => {
  it('share commits, and each has its own answer', async () => {
    const streams = manyStreams(40);
    const answers = await Promise.all(streams.map((stream) => one(stream, 0)));
    expect(answers.map(({ stream, version }) => [stream, version])).toEqual(
      streams.map((stream) => [stream, 1]),
    );
    expect(await commitsOf(streams)).toBeLessThanOrEqual(6);
  });

  it('share commits with what is beside them, and each has its own answer', async () => {
    const streams = manyStreams(40);
    const answers = await Promise.all(streams.map((stream) => several(postgres.store, stream, 0)));
    expect(answers.map(({ version, answer }) => [version, answer])).toEqual(
      streams.map((stream) => [2, stream]),
    );
    expect(await commitsOf(streams)).toBeLessThanOrEqual(6);
  });

  it('keep the order of their events, however many each has', async () => {
    const written = new Map(manyStreams(12).map((stream, index) => [stream, someEvents(1 + (index % 4))]));
    const again = new Map([...written].map(([stream, events]) => [stream, someEvents(5 - events.length)]));
    for (const round of [written, again])
      await Promise.all(
        [...round].map(([stream, events]) =>
          postgres.store.append({
            stream,
            expectedVersion: 'any',
            events,
            beside: { call: 'echo_beside', argument: stream },
          }),
        ),
      );
    for (const [stream, events] of written) {
      const ids = [...events, ...(again.get(stream) ?? [])].map(({ id }) => id);
      expect((await postgres.store.read(stream)).map(({ id }) => id)).toEqual(ids);
    }
    expect(await commitsOf([...written.keys()])).toBeLessThanOrEqual(6);
  });

  it('are refused one by one', async () => {
    const streams = manyStreams(20);
    const wrong = new Set(streams.filter((_, index) => index % 3 === 0));
    const answers = await Promise.allSettled(
      streams.map((stream) => one(stream, wrong.has(stream) ? 7 : 'any')),
    );
    answers.forEach((answer, index) => {
      const refused = wrong.has(streams[index] ?? '');
      expect(answer.status).toBe(refused ? 'rejected' : 'fulfilled');
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ name: 'ConcurrencyError' });
    });
  });

  it('go on when one of them makes the whole statement fail', async () => {
    const known = anEvent();
    await postgres.store.append({ stream: newStream(), expectedVersion: 0, events: [known] });
    const streams = manyStreams(12);
    const [taken, ...others] = await Promise.allSettled([
      one(newStream(), 0, { id: known.id }),
      ...streams.map((stream) => one(stream, 0)),
    ]);
    expect(taken.status).toBe('rejected');
    expect(others.map(({ status }) => status)).toEqual(streams.map(() => 'fulfilled'));
  });

  it('of one stream come one behind the other', async () => {
    const stream = newStream();
    const answers = await Promise.all(Array.from({ length: 12 }, () => one(stream, 'any')));
    const versions = answers.map(({ version }) => version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  it('fence a run by its token, each its own', async () => {
    const [fresh, stale] = [newStream('run'), newStream('run')];
    await one(stale, 0, { token: 9 });
    const answers = await Promise.allSettled([
      ...manyStreams(8).map((stream) => one(stream, 0)),
      one(fresh, 0, { token: 3 }),
      one(stale, 1, { token: 8 }),
    ]);
    expect(answers.at(-2)).toMatchObject({ status: 'fulfilled', value: { version: 1 } });
    expect(answers.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'STALE_TOKEN' } });
  });

  it('do not wait for a stream that somebody else has locked', async () => {
    const locked = newStream();
    const streams = manyStreams(30);
    let waiting: Promise<unknown> = Promise.resolve();
    await postgres.store.transact([locked], async (tx) => {
      waiting = Promise.all(
        [1, 2].flatMap(() => [one(locked, 'any'), several(postgres.store, locked, 'any')]),
      );
      await Promise.all(streams.map((stream) => one(stream, 0)));
      await Promise.all(streams.map((stream) => several(postgres.store, stream, 1)));
      await tx.append({ stream: locked, expectedVersion: 0, events: someEvents(1) });
    });
    await waiting;
    expect(await postgres.store.head(locked)).toBe(7);
  });

  it('do not wait for a row beside another of them', async () => {
    const held = manyStreams(4);
    const locker = await postgres.pool.connect();
    await locker.query('begin');
    await locker.query(`insert into held_beside select unnest($1::text[])`, [held]);
    const waiting = Promise.all(held.map((stream) => holding(stream)));
    await Promise.all(manyStreams(20).flatMap((stream) => [one(stream, 0), holding(newStream())]));
    await locker.query('rollback');
    locker.release();
    await waiting;
    for (const stream of held) expect(await postgres.store.head(stream)).toBe(1);
  });

  it('share commits although some expect what is no longer so', async () => {
    const streams = manyStreams(40);
    const outdated = new Set(streams.slice(0, 4));
    const made = await Promise.allSettled(
      streams.map((stream) => several(postgres.store, stream, outdated.has(stream) ? 7 : 0)),
    );
    made.forEach(({ status }, index) => {
      expect(status).toBe(outdated.has(streams[index] ?? '') ? 'rejected' : 'fulfilled');
    });
    expect(await commitsOf(streams)).toBeLessThanOrEqual(6);
  });

  it('appear in the feed in the order of each stream, from many processes at once', async () => {
    const others = [1, 2].map(() =>
      openPostgres({ connectionString: database.connectionString, poolSize: 8, applicationName: 'other' }),
    );
    const streams = manyStreams(10);
    const writers = [postgres, ...others].flatMap(({ store }) =>
      streams.map(async (stream) => {
        for (let written = 0; written < 20; written += 1)
          if (written % 2 === 0) await store.append({ stream, expectedVersion: 'any', events: [anEvent()] });
          else await several(store, stream, 'any');
      }),
    );
    await Promise.all(writers);
    const seen = new Map<string, number>();
    let after: string | undefined;
    // An open transaction of anybody on the server, of another test's database too, holds the feed back.
    await settle(async () => {
      const page = await postgres.store.feed({ after, limit: 500 });
      for (const { event } of page.events) {
        expect(event.version).toBe((seen.get(event.stream) ?? 0) + 1);
        seen.set(event.stream, event.version);
      }
      after = page.next;
      return streams.every((stream) => seen.get(stream) === 90);
    });
    await Promise.all(others.map((other) => other.close()));
  });

  it('keep the hash chain whole', async () => {
    for await (const { stream, problem } of auditStreams({ source: postgres.store }))
      expect({ stream, problem }).toEqual({ stream, problem: undefined });
  });
});
