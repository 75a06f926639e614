import { randomUUID } from 'node:crypto';
import type { NewEvent } from '@missions/kernel';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { testDatabase, type TestDatabase } from '@missions/testing';
import type { LeaseChange } from '../ports/lease-table.ts';
import { PostgresLeaseTable } from './postgres-lease-table.ts';
import type { ResourceLockRows } from './resource-lock-rows.ts';
import { StoreDecisionLog } from './store-decision-log.ts';

let database: TestDatabase;
let postgres: Postgres<unknown>;
let table: PostgresLeaseTable;
let log: StoreDecisionLog;

beforeAll(async () => {
  database = await testDatabase();
  postgres = openPostgres({
    connectionString: database.urlFor('missions_resource_lock'),
    poolSize: 2,
    applicationName: 'resource-lock',
  });
  table = new PostgresLeaseTable(postgres.db.$extendTables<ResourceLockRows>());
  log = new StoreDecisionLog(postgres.store, table);
}, 60_000);

afterAll(async () => {
  await postgres.close();
  await database.drop();
});

function anEvent(): NewEvent {
  const id = randomUUID();
  const actor = { kind: 'service', id: 'resource-lock' } as const;
  const at = new Date().toISOString();
  return {
    id,
    type: 'LockGranted',
    schema: 1,
    data: {},
    occurredAt: at,
    actor,
    correlationId: id,
    causationId: id,
  };
}

const nothing: Omit<LeaseChange, 'scope'> = {
  version: 1,
  granted: [],
  ended: [],
  terms: [],
  changed: [],
  opening: undefined,
};

async function written(scope: string, estimatedAt: string | undefined): Promise<string | undefined> {
  const append = { stream: `resources-${scope}`, expectedVersion: 0, events: [anEvent()] };
  const granted = [{ claimId: 'a', token: 1, holder: 'm', ttlMs: 20_000 }];
  const { at } = await log.append(append, { scope, estimatedAt, changes: [{ scope, ...nothing, granted }] });
  return at;
}

async function moved(byMs: number): Promise<string> {
  return new Date(Date.parse(await table.now()) + byMs).toISOString();
}

describe('a decision in the log', () => {
  it.each([
    ['in its future', 60_000],
    ['too long ago', -1000],
  ])('is not written with an instant that the database finds %s', async (_where, byMs) => {
    const scope = `not-now-${String(byMs)}`;
    await expect(written(scope, await moved(byMs))).rejects.toMatchObject({ code: 'NOT_NOW' });
    expect(await postgres.store.head(`resources-${scope}`)).toBe(0);
    expect(await table.renew({ scope, claimId: 'a', token: 1 })).toBeUndefined();
  });

  it('is written with an instant that has just been, and answered with the time', async () => {
    const estimated = await moved(-1);
    const at = await written('now', estimated);
    expect(Date.parse(at ?? '')).toBeGreaterThan(Date.parse(estimated));
    expect(await table.renew({ scope: 'now', claimId: 'a', token: 1 })).toMatchObject({ wanted: 'go' });
  });

  it('that ends a lease by expiry is not written while the lease lives', async () => {
    await written('alive', undefined);
    const append = { stream: 'resources-alive', expectedVersion: 1, events: [anEvent()] };
    const ended = [{ claimId: 'a', token: 1, byExpiry: true }];
    const change = { scope: 'alive', ...nothing, version: 2, ended };
    await expect(
      log.append(append, { scope: 'alive', estimatedAt: undefined, changes: [change] }),
    ).rejects.toMatchObject({ code: 'LEASE_RENEWED', claimId: 'a' });
    expect(await postgres.store.head('resources-alive')).toBe(1);
  });
});
