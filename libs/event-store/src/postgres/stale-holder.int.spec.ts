import { testDatabase, type TestDatabase } from '@missions/testing';
import { artifactDigest } from '../artifact-store.ts';
import { someEvents } from '../conformance/index.ts';
import { fencedArtifacts } from '../fenced-artifacts.ts';
import { openPostgres, type Postgres } from './index.ts';

let database: TestDatabase;
let decide: Postgres<unknown>;
let worker: Postgres<unknown>;
let runs = 0;
let runId: string;

beforeAll(async () => {
  database = await testDatabase();
  const open = (role: string) =>
    openPostgres({ connectionString: database.urlFor(role), poolSize: 3, applicationName: 'spec' });
  [decide, worker] = [open('missions_decide'), open('missions_worker')];
});

afterAll(async () => {
  await Promise.all([decide.close(), worker.close()]);
  await database.drop();
});

// Claimed under 5, as the log's owner does it.
beforeEach(async () => {
  runs += 1;
  runId = `m-stale-r${String(runs)}`;
  await claim(5);
});

async function claim(token: number, run = runId): Promise<void> {
  await decide.pool.query(
    `insert into run_lease (run_id, mission_id, token, holder, expires_at) values ($1, 'm-stale', $2, 'h', 'infinity')`,
    [run, token],
  );
}

async function release(): Promise<void> {
  await decide.pool.query(`delete from run_lease where run_id = $1`, [runId]);
}

function append(token: number | undefined, { stream = `run-${runId}`, count = 1 } = {}): Promise<unknown> {
  const events = someEvents(count, token === undefined ? {} : { token });
  return worker.store.append({ stream, expectedVersion: 'any', events });
}

/** Everything that a run could have changed. */
async function everything(): Promise<string> {
  const tables = ['event', 'artifact', 'artifact_chunk', 'run_lease'];
  const contents = tables.map(
    (table) => `(select json_agg(t) from (select * from ${table} order by 1, 2) t)`,
  );
  const { rows } = await decide.pool.query<{ all: string }>(
    `select json_build_array(${contents.join(', ')})::text as all`,
  );
  return rows[0]?.all ?? '';
}

// One event goes another way into the log than several.
describe.each([1, 2])('a transcript, written %p events at a time', (count) => {
  it('is written under the token its run is held under, and so are those of its helpers', async () => {
    await append(5, { count });
    await append(5, { count, stream: `run-${runId}.1.call_1.0` });
    expect(await worker.store.head(`run-${runId}`)).toBe(count);
  });

  it('takes the last words of a run whose lease went with its conclusion', async () => {
    await append(5, { count });
    await release();
    await append(5, { count });
    expect(await worker.store.head(`run-${runId}`)).toBe(2 * count);
  });

  it.each<readonly [string, () => Promise<number | undefined>, string]>([
    ['from the past', () => Promise.resolve(4), 'STALE_TOKEN'],
    ['from the future', () => Promise.resolve(6), 'UNKNOWN_TOKEN'],
    [
      'of another run',
      async () => {
        await claim(7, `${runId}1`);
        return 7;
      },
      'UNKNOWN_TOKEN',
    ],
    ['that is none', () => Promise.resolve(undefined), 'STALE_TOKEN'],
    [
      'of before, once its run is held by another and written to',
      async () => {
        await release();
        await claim(9);
        await append(9);
        return 5;
      },
      'STALE_TOKEN',
    ],
  ])('refuses a token %s, each time, and changes nothing', async (_which, stale, code) => {
    await append(5);
    const token = await stale();
    const before = await everything();
    for (const _time of [1, 2]) await expect(append(token, { count })).rejects.toMatchObject({ code });
    expect(await everything()).toBe(before);
  });

  it('is not begun under a token whose run was released', async () => {
    await release();
    const before = await everything();
    await expect(append(5, { count })).rejects.toMatchObject({ code: 'UNKNOWN_TOKEN' });
    await expect(append(5, { count, stream: `run-${runId}.1.call_1.0` })).rejects.toMatchObject({
      code: 'UNKNOWN_TOKEN',
    });
    expect(await everything()).toBe(before);
  });
});

describe('bytes kept for a run', () => {
  it('go in as the services write them, and change nothing once the run is lost', async () => {
    const artifacts = fencedArtifacts(worker.artifacts, { runId, token: 5 });
    await artifacts.put(Buffer.from(`kept for ${runId}`), { mediaType: 'text/plain' });
    await release();
    const before = await everything();
    const late = Buffer.from(`too late for ${runId}`);
    for (const _time of [1, 2])
      await expect(artifacts.put(late, { mediaType: 'text/plain' })).rejects.toMatchObject({
        code: 'STALE_TOKEN',
      });
    expect(await everything()).toBe(before);
    expect(await artifacts.has(artifactDigest(late))).toBe(false);
  });

  // One chunk goes another way into the table than several.
  it.each([10_000, 1_048_577])('of %p take its last words too, until another has it', async (size) => {
    const { artifacts } = worker;
    const text = { mediaType: 'text/plain' };
    const put = (word: string, token = 5): Promise<unknown> =>
      artifacts.put(Buffer.from(`${word} of ${runId}`.padEnd(size)), { ...text, fence: { runId, token } });
    await append(5);
    await release();
    await put('last words');
    await put('last words');
    for (const token of [4, 6])
      await expect(put('no word', token)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    await claim(9);
    for (const word of ['late words', 'last words'])
      await expect(put(word)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    await append(9);
    await release();
    for (const word of ['late words', 'last words'])
      await expect(put(word)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    await put('last words of the next', 9);
  });

  it('are committed before the run is given to another, or not at all', async () => {
    const put = `select holds_run($1, 5) as held`;
    const client = await worker.pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ held: boolean }>(put, [runId]);
      expect(rows).toEqual([{ held: true }]);
      await expect(
        decide.pool.query(`set lock_timeout = '50ms'; delete from run_lease where run_id = '${runId}'`),
      ).rejects.toMatchObject({ code: '55P03' });
      const { rowCount } = await worker.pool.query(
        `update run_lease set renewed_at = clock_timestamp() where run_id = $1`,
        [runId],
      );
      expect(rowCount).toBe(1);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

describe("a table of the caller that bears a guard's name", () => {
  /** What a guard says to a session that has put a temporary table before the one it reads. */
  async function fooled(table: string, guard: string): Promise<unknown> {
    const client = await worker.pool.connect();
    try {
      await client.query('begin');
      await client.query(`create temporary table ${table}`);
      return (await client.query<{ held: boolean }>(`select ${guard} as held`)).rows[0]?.held;
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  it('holds no run', async () => {
    const lease = `run_lease as select '${runId}'::text as run_id, 7::bigint as token`;
    expect(await fooled(lease, `holds_run('${runId}', 7)`)).toBe(false);
  });

  it('writes no last words', async () => {
    const said = `event as select 'run-${runId}'::text as stream, 1 as version, 7 as token`;
    await release();
    expect(await fooled(said, `holds_run('${runId}', 7)`)).toBe(false);
    await expect(fooled(said, `wrote_last('run-${runId}', 7)`)).rejects.toMatchObject({ code: 'MS009' });
  });

  it('hides nobody who took the run over', async () => {
    await append(5);
    await release();
    await claim(9);
    const nobody = 'run_lease (run_id text, token bigint)';
    expect(await fooled(nobody, `holds_run('${runId}', 5)`)).toBe(false);
  });
});

describe('a database without one of its guards', () => {
  /** The same case, on a database of its own in which a guard believes everybody. */
  async function without(
    guard: string,
    stale: (store: Postgres<unknown>) => Promise<unknown>,
  ): Promise<void> {
    const broken = await testDatabase();
    const owner = openPostgres({
      connectionString: broken.connectionString,
      poolSize: 1,
      applicationName: 'spec',
    });
    const worse = openPostgres({
      connectionString: broken.urlFor('missions_worker'),
      poolSize: 1,
      applicationName: 'spec',
    });
    try {
      await expect(stale(worse)).rejects.toThrow();
      await owner.pool.query(
        `create or replace function ${guard} returns boolean language plpgsql as $$ begin return true; end $$`,
      );
      await expect(stale(worse)).resolves.toBeDefined();
    } finally {
      await Promise.all([owner.close(), worse.close()]);
      await broken.drop();
    }
  }

  it('takes bytes of a run nobody holds', () =>
    without('holds_run(p_run_id text, p_token bigint)', ({ artifacts }) =>
      fencedArtifacts(artifacts, { runId, token: 5 }).put(Buffer.from('late'), { mediaType: 'text/plain' }),
    ));

  it('takes a transcript under a token that no claim gave', () =>
    without('wrote_last(p_stream text, p_token integer)', ({ store }) =>
      store.append({ stream: `run-${runId}`, expectedVersion: 0, events: someEvents(1, { token: 5 }) }),
    ));
});
