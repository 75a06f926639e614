import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { pokingStore, type Bus } from '@missions/bus';
import type { EventStore } from '@missions/event-store';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { createRedactor, systemClock } from '@missions/kernel';
import {
  createLogger,
  missionsConfigSchema,
  openConnections,
  readServiceEnvironment,
  startService,
} from '@missions/runtime';
import { settle, testDatabase, testNats, type TestDatabase, type TestNats } from '@missions/testing';
import { decideService } from './service.ts';

/** More than a replica has connections. */
const ledgers = Array.from({ length: 24 }, (_, index) => `resources-busy-${String(index)}`);

const grants = 40;

/** A statement that waits for a connection gives up after ten seconds: whoever waits for one another waits at least so long. */
const limitMs = 8_000;

let database: TestDatabase;
let nats: TestNats;
let owner: Postgres<unknown>;
const stopping = new AbortController();

beforeAll(async () => {
  [database, nats] = await Promise.all([testDatabase(), testNats()]);
  owner = openPostgres({
    connectionString: database.connectionString,
    poolSize: 4,
    applicationName: 'spec',
  });
});

afterAll(async () => {
  await owner.close();
  await Promise.all([database.drop(), nats.stop()]);
});

interface Decide {
  readonly bus: Bus;
  readonly stop: () => Promise<void>;
}

async function startDecide(): Promise<Decide> {
  const name = decideService.name;
  const redactor = createRedactor({ secrets: [] });
  const logger = createLogger({ service: name, level: 'silent', redactor });
  const config = missionsConfigSchema.parse({ limits: { sweepMs: 100 } });
  const { publicKey } = generateKeyPairSync('ed25519');
  const environment = readServiceEnvironment({
    MISSIONS_DATABASE_URL: database.urlFor('missions_decide'),
    MISSIONS_NATS_URL: nats.url,
    MISSIONS_STATE: '/nowhere',
    MISSIONS_COMMAND_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  const { signal } = stopping;
  const parts = { name, config, environment, logger, redactor, clock: systemClock, signal };
  const { store, bus, close } = await openConnections({ ...parts, variables: {} });
  const service = await startService(decideService, { ...parts, store, bus });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await service.close();
    await close();
  };
  return { bus, stop };
}

async function grantsIn(store: EventStore, stream: string): Promise<void> {
  for (let grant = 0; grant < grants; grant += 1) await grantIn(store, stream);
}

/** A grant to a mission that nobody has created: what follows from it is a look at the log, and nothing more. */
async function grantIn(store: EventStore, stream: string): Promise<void> {
  const claimId = randomUUID();
  const at = new Date().toISOString();
  const data = {
    claimId,
    owner: { missionId: 'm-nobody' },
    resources: [{ resource: 'repo:/busy', mode: 'X' }],
    ttlMs: 60_000,
    grantedAt: at,
  };
  const provenance = { occurredAt: at, correlationId: claimId, causationId: claimId };
  const actor = { kind: 'service', id: 'resource-lock' } as const;
  await store.append({
    stream,
    expectedVersion: 'any',
    events: [{ id: claimId, type: 'LockGranted', schema: 1, data, actor, ...provenance }],
  });
}

describe('decide', () => {
  it('follows more ledgers at a time than it has connections, and none waits for another', async () => {
    const { bus, stop } = await startDecide();
    try {
      const store = pokingStore(owner.store, bus);
      await Promise.all(ledgers.map((stream) => grantsIn(store, stream)));
      await settle(async () => (await followed()) === grants * ledgers.length, { limitMs });
    } finally {
      await stop();
    }
  }, 60_000);
});

/** How many grants lie behind the cursors of decide. */
async function followed(): Promise<number> {
  const { rows } = await owner.pool.query<{ events: number }>(
    `select coalesce(sum(version), 0)::integer as events from bus_cursor where consumer = 'decide'`,
  );
  return rows[0]?.events ?? 0;
}
