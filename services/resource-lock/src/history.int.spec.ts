import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { EventStore, StreamAppend } from '@missions/event-store';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { leasing } from '@missions/leasing';
import { unguarded, type Decides } from '@missions/leasing/testing';
import {
  settle,
  temporaryDirectory,
  testDatabase,
  testNats,
  type TemporaryDirectory,
  type TestDatabase,
  type TestNats,
} from '@missions/testing';
import { PostgresLeaseTable } from './adapters/postgres-lease-table.ts';
import type { ResourceLockRows } from './adapters/resource-lock-rows.ts';
import { StoreDecisionLog } from './adapters/store-decision-log.ts';
import { ClaimResources } from './application/claim-resources.ts';
import { DatabaseClock } from './application/database-clock.ts';
import { DecideOnLedger } from './application/decide-on-ledger.ts';
import { KeepLeases } from './application/keep-leases.ts';
import { LedgerWatch } from './application/ledger-watch.ts';
import { Ledgers } from './application/ledgers.ts';
import { SweepLeases } from './application/sweep-leases.ts';
import { violationsOf, type History, type Observation } from './testing/history.ts';
import { LockClient } from './testing/lock-client.ts';
import { seeded } from './testing/seeded.ts';
import { Effects } from './testing/wiring/effects.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(repository, 'services/resource-lock/dist');
const ttlMs = 400;
const useMs = 250;
const sweepMs = 40;
const lockDelayMs = 500;
/** A ledger that lost a guard may never answer; one that kept them all has long answered then. */
const limitMs = 30_000;
const limitWithoutGuardMs = 8000;

let database: TestDatabase;
const children: ChildProcess[] = [];

beforeEach(async () => {
  database = await testDatabase();
}, 60_000);

afterEach(async () => {
  const alive = children
    .splice(0)
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  for (const child of alive) child.kill('SIGKILL');
  await Promise.all(alive.map((child) => once(child, 'exit')));
  await database.drop();
});

async function historyOf(observations: readonly Observation[], effects: Effects): Promise<History> {
  const reader = openReader();
  try {
    const events = await reader.store.read('resources-r');
    return { events, observations, effects: await effects.all() };
  } finally {
    await reader.close();
  }
}

function openReader(): Postgres<unknown> {
  return openPostgres({
    connectionString: database.connectionString,
    poolSize: 2,
    applicationName: 'reader',
  });
}

describe('the service under sixteen clients in four processes', () => {
  let nats: TestNats;
  let state: TemporaryDirectory;

  beforeEach(async () => {
    await promisify(execFile)(process.execPath, [join(repository, 'tools/compile.mjs')]);
    nats = await testNats();
    state = temporaryDirectory();
  }, 90_000);

  afterEach(async () => {
    await nats.stop();
    state.remove();
  });

  function startService(): ChildProcess {
    const env = {
      MISSIONS_DATABASE_URL: database.urlFor('missions_resource_lock'),
      MISSIONS_NATS_URL: nats.url,
      MISSIONS_STATE: state.path,
      HOME: state.path,
      MISSIONS_LIMITS_SWEEP_MS: String(sweepMs),
      MISSIONS_LIMITS_LOCK_DELAY_MS: String(lockDelayMs),
    };
    const child = spawn(process.execPath, [join(built, 'main.js')], {
      env,
      cwd: state.path,
      stdio: 'ignore',
    });
    children.push(child);
    return child;
  }

  function startClients(name: string, observations: Observation[]): ChildProcess {
    const settings = {
      name,
      natsUrl: nats.url,
      databaseUrl: database.connectionString,
      clients: 4,
      rounds: 4,
      ttlMs,
      useMs,
      limitMs: 120_000,
    };
    const script = join(built, 'testing/wiring/client-process.js');
    const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      observations.push(JSON.parse(line) as Observation);
    });
    children.push(child);
    return child;
  }

  it('keeps every promise while it is killed and its clients are stopped and woken', async () => {
    const effects = new Effects(database.connectionString);
    await effects.create();
    const reader = openReader();
    const grew = async (by: number): Promise<void> => {
      const from = await reader.store.head('resources-r');
      await settle(async () => (await reader.store.head('resources-r')) >= from + by, { limitMs: 60_000 });
    };
    let service = startService();
    const observations: Observation[] = [];
    const clients = ['one', 'two', 'three', 'four'].map((name) => startClients(name, observations));
    const ended = Promise.all(clients.map((child) => once(child, 'close')));
    for (const stopped of clients.slice(1)) {
      await grew(15);
      stopped.kill('SIGSTOP');
      service.kill('SIGKILL');
      await once(service, 'exit');
      service = startService();
      await grew(12);
      stopped.kill('SIGCONT');
    }
    expect(await ended).toEqual(clients.map(() => [0, null]));
    const history = await historyOf(observations, effects);
    await Promise.all([effects.close(), reader.close()]);
    expect(violationsOf(history)).toEqual([]);
    const grants = history.events.filter(({ type }) => type === 'LockGranted');
    expect(grants).toHaveLength(16 * 4);
    expect(history.events.some(({ type }) => type === 'LockExpired')).toBe(true);
    expect(history.effects.some(({ accepted }) => !accepted)).toBe(true);
  }, 240_000);
});

/** What stands between the clients and harm; a test takes one away. */
interface Guards {
  readonly decider: Decides;
  readonly expectedVersion: boolean;
  readonly checksToken: boolean;
}

const allGuards: Guards = { decider: leasing, expectedVersion: true, checksToken: true };

describe('two replicas over one database', () => {
  it('keep every promise', async () => {
    expect(await violationsWith({})).toEqual([]);
  }, 120_000);

  it.each<readonly [string, Partial<Guards>, string]>([
    ['the token check of what is leased', { checksToken: false }, 'stale effect'],
    ['the token check of the ledger', { decider: unguarded.tokenCheck }, 'foreign token'],
    ['the expected version', { expectedVersion: false }, 'double holders'],
    ['no overtaking', { decider: unguarded.noOvertaking }, 'overtaking'],
    ['the lock-delay', { decider: unguarded.lockDelay }, 'overlapping use'],
  ])(
    'without %s are found out',
    async (_guard, without, violation) => {
      let found = (await violationsWith(without)).join('\n');
      // The harm needs two that meet; on a busy machine they may miss each other.
      const over = AbortSignal.timeout(60_000);
      while (!over.aborted && !found.includes(violation)) {
        await database.drop();
        database = await testDatabase();
        found += (await violationsWith(without)).join('\n');
      }
      expect(found).toContain(violation);
    },
    120_000,
  );
});

async function violationsWith(without: Partial<Guards>): Promise<readonly string[]> {
  const guards = { ...allGuards, ...without };
  const effects = new Effects(database.connectionString, guards.checksToken);
  await effects.create();
  const postgres = openPostgres({
    connectionString: database.urlFor('missions_resource_lock'),
    poolSize: 10,
    applicationName: 'resource-lock',
  });
  const store = guards.expectedVersion ? postgres.store : withoutExpectedVersion(postgres.store);
  const stopping = new AbortController();
  const limit = AbortSignal.timeout(without.expectedVersion === false ? limitWithoutGuardMs : limitMs);
  const table = new PostgresLeaseTable(postgres.db.$extendTables<ResourceLockRows>());
  const replicas = [1, 2].map(() => replica({ store, table, guards, signal: stopping.signal }));
  const observations: Observation[] = [];
  const clients = Array.from({ length: 8 }, (_, place) => {
    const api = replicas[place % 2] ?? replica({ store, table, guards, signal: stopping.signal });
    return new LockClient({
      name: `c${String(place)}`,
      api,
      effect: (resource, claimId, token) => effects.happen(resource, claimId, token),
      observe: (observation) => observations.push(observation),
      random: seeded(`c${String(place)}`),
      ttlMs,
      useMs,
      signal: AbortSignal.any([stopping.signal, limit]),
    });
  });
  const sweeping = Promise.all(replicas.map(({ sweep }) => sweep(stopping.signal)));
  await Promise.all(clients.map((client) => client.run(3)));
  stopping.abort();
  await sweeping;
  const history = await historyOf(observations, effects);
  await Promise.all([effects.close(), postgres.close()]);
  return violationsOf(history);
}

interface ReplicaParts {
  readonly store: EventStore;
  readonly table: PostgresLeaseTable;
  readonly guards: Guards;
  readonly signal: AbortSignal;
}

function replica({ store, table, guards, signal }: ReplicaParts) {
  const ledgers = new Ledgers(store);
  const ledger = new DecideOnLedger({
    log: new StoreDecisionLog(store, table),
    ledgers,
    time: new DatabaseClock(table, () => performance.now()),
    poker: { poke: () => undefined },
    clock: { now: () => new Date() },
    lockDelayMs,
    cycleTalkMs: 1000,
    killPoint: () => undefined,
    observe: () => undefined,
    decider: guards.decider,
  });
  const watch = new LedgerWatch(ledgers, { onPoke: () => ({ stop: () => Promise.resolve() }) }, signal);
  const claims = new ClaimResources(ledger, table, ledgers, watch);
  const leases = new KeepLeases(ledgers, table);
  const sweeper = new SweepLeases(ledger, table, {
    intervalMs: sweepMs,
    monotonicMs: () => performance.now(),
  });
  return {
    claim: claims.claim.bind(claims),
    release: claims.release.bind(claims),
    renew: leases.renew.bind(leases),
    sweep: async (until: AbortSignal): Promise<void> => {
      while (!until.aborted) {
        await sweeper.sweep().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, sweepMs));
      }
    },
  };
}

/** Appends wherever the stream ends now, whatever the decision was taken at. */
function withoutExpectedVersion(store: EventStore): EventStore {
  const unaware = <A extends StreamAppend>(append: A): A => ({ ...append, expectedVersion: 'any' });
  return {
    append: (append) => store.append(unaware(append)),
    read: (stream, options) => store.read(stream, options),
    head: (stream) => store.head(stream),
    feed: (page) => store.feed(page),
    headsAfter: (page) => store.headsAfter(page),
    transact: (streams, work) =>
      store.transact(streams, (tx) =>
        work({
          read: (stream, options) => tx.read(stream, options),
          head: (stream) => tx.head(stream),
          rows: tx.rows,
          append: (append) => tx.append(unaware(append)),
        }),
      ),
  };
}
