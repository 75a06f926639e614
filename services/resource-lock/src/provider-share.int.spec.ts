import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import type { ShareReply } from '@missions/leasing';
import { settle, testDatabase, type TestDatabase } from '@missions/testing';
import { sql } from 'kysely';
import { PostgresProviderShareTable } from './adapters/postgres-provider-share-table.ts';
import { LendShares } from './application/lend-shares.ts';
import { seeded } from './testing/seeded.ts';

const ttlMs = 400;
const configured = { requestsPerMin: 60, inputTokensPerMin: 6000 };

let database: TestDatabase;
let replicas: readonly Postgres<unknown>[];
let services: readonly LendShares[];
/** Sees everything, as the owner of the database. */
let owner: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  const open = (role: string): Postgres<unknown> =>
    openPostgres({ connectionString: database.urlFor(role), poolSize: 3, applicationName: 'shares' });
  replicas = [open('missions_resource_lock'), open('missions_resource_lock')];
  owner = openPostgres({ connectionString: database.connectionString, poolSize: 2, applicationName: 'test' });
  services = replicas.map(({ db }) => new LendShares(new PostgresProviderShareTable(db), ttlMs));
}, 60_000);

afterAll(async () => {
  await Promise.all([...replicas, owner].map((postgres) => postgres.close()));
  await database.drop();
});

function service(index = 0): LendShares {
  const found = services[index % services.length];
  if (!found) throw new Error('No service was started.');
  return found;
}

const ask = (account: string, replica: string, requests: number, more = {}): Promise<ShareReply> =>
  service(replica.length).lend({
    account,
    replica,
    demand: { requestsPerMin: requests, inputTokensPerMin: requests * 100 },
    configured,
    ...more,
  });

/** What is lent of an account at one moment of the database. */
async function lent(account: string): Promise<{ readonly requests: number; readonly tokens: number }> {
  const { rows } = await sql<{ readonly requests: number; readonly tokens: number }>`
    select coalesce(sum((share->>'requestsPerMin')::float8), 0) as requests,
      coalesce(sum((share->>'inputTokensPerMin')::float8), 0) as tokens
    from provider_share where account = ${account} and expires_at > clock_timestamp()`.execute(owner.db);
  return rows[0] ?? { requests: 0, tokens: 0 };
}

describe('shares of an account, lent by several replicas of the service', () => {
  it('never exceed its limits, while replicas come, ask at once and die', async () => {
    const random = seeded('shares');
    const alive = Array.from({ length: 8 }, (_, index) => `replica-${'x'.repeat(index)}`);
    const busy = alive.map(async (replica, index) => {
      // Half of them die on the way: they ask no more, and their shares run out.
      const rounds = index % 2 === 0 ? 40 : 15;
      for (let round = 0; round < rounds; round += 1) {
        await ask('busy', replica, Math.floor(random() * 100)).catch((error: unknown) => {
          expect(error).toMatchObject({ kind: 'conflict' });
        });
      }
    });
    const all = Promise.all(busy);
    let isOver = false;
    void all.finally(() => (isOver = true));
    let most = 0;
    while (!(isOver as boolean)) {
      const { requests, tokens } = await lent('busy');
      most = Math.max(most, requests);
      expect(requests).toBeLessThanOrEqual(60 + 1e-6);
      expect(tokens).toBeLessThanOrEqual(6000 + 1e-6);
    }
    await all;
    expect(most).toBeGreaterThan(0);
  });

  it('go from a replica that was killed to the others when its time is over, by the clock of the database', async () => {
    await ask('killed', 'dead', 60);
    expect((await ask('killed', 'lives', 60)).share.requestsPerMin).toBe(0);
    const share = await settle(async () => {
      const reply = await ask('killed', 'lives', 60);
      return reply.share.requestsPerMin === 60 ? reply : undefined;
    });
    expect(share).toMatchObject({ limits: configured, alone: false });
  });

  it('are free at once when they are given back', async () => {
    await ask('returned', 'a', 60);
    await service().giveBack({ account: 'returned', replica: 'a' });
    await service().giveBack({ account: 'returned', replica: 'nobody' });
    expect((await ask('returned', 'b', 60)).share.requestsPerMin).toBe(60);
  });

  it('follow the limits that a provider tells, and keep to the lower one', async () => {
    const told = { observed: { limits: { requestsPerMin: 30, outputTokensPerMin: 900 } } };
    expect(await ask('told', 'a', 90, told)).toMatchObject({
      limits: { ...configured, requestsPerMin: 30, outputTokensPerMin: 900 },
      share: { requestsPerMin: 30, outputTokensPerMin: 900 },
      alone: true,
    });
    expect((await ask('told', 'a', 90)).limits.requestsPerMin).toBe(30);
  });

  it('rest for all while the provider wants a pause, which is never made shorter', async () => {
    expect((await ask('paused', 'a', 1, { observed: { pauseMs: 60_000 } })).pausedMs).toBe(60_000);
    await ask('paused', 'b', 1, { observed: { pauseMs: 10 } });
    const { pausedMs } = await ask('paused', 'c', 1);
    expect(pausedMs).toBeGreaterThan(50_000);
    expect(pausedMs).toBeLessThanOrEqual(60_000);
  });

  it('cost two statements: what is known, and what is decided on it', async () => {
    let statements = 0;
    const counting = owner.db.withPlugin({
      transformQuery: ({ node }) => {
        statements += 1;
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    });
    const shares = new LendShares(new PostgresProviderShareTable(counting), ttlMs);
    await shares.lend({ account: 'cheap', replica: 'a', demand: {}, configured });
    expect(statements).toBe(2);
  });
});
