import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { openPostgres, type EventLogTables } from '@missions/event-store/postgres';
import { settle, testDatabase, testNats, type TestNats } from '@missions/testing';
import type { Transaction } from 'kysely';
import type { Bus } from '../bus.ts';
import { describeBus, type BusFixture } from '../conformance/index.ts';
import { PostgresCursors, type BusTables } from '../postgres/index.ts';
import { defaultTopology } from '../topology.ts';
import { connectBus } from './index.ts';

/** A real nats-server and a real Postgres, a fresh database and no streams for each test. */
describe('the bus on real servers', () => {
  let server: TestNats;
  let admin: NatsConnection;
  let manager: JetStreamManager;
  beforeAll(async () => {
    server = await testNats();
    admin = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    manager = await jetstreamManager(admin);
  });
  afterAll(async () => {
    await admin.close();
    await server.stop();
  });

  const wipe = async (): Promise<void> => {
    for (const name of await manager.streams.names().next()) await manager.streams.delete(name);
  };

  const published = async (name: string): Promise<readonly (string | undefined)[]> => {
    const info = await manager.streams.info(name).catch(() => undefined);
    const ids: (string | undefined)[] = [];
    for (let seq = 1; seq <= (info?.state.last_seq ?? 0); seq += 1) {
      const message = await manager.streams.getMessage(name, { seq }).catch(() => undefined);
      ids.push(message?.header.get('Nats-Msg-Id') || undefined);
    }
    return ids;
  };

  const makeFixture = async (): Promise<BusFixture<Transaction<BusTables & EventLogTables>>> => {
    await settle(() => wipe().then(() => true));
    const database = await testDatabase();
    const { connectionString } = database;
    const { db, store, close } = openPostgres<BusTables>({
      connectionString,
      poolSize: 12,
      applicationName: 'conformance',
    });
    const buses: Bus[] = [];
    return {
      store,
      cursors: new PostgresCursors(db),
      topology: defaultTopology,
      connect: async () => {
        const bus = await connectBus({ servers: [server.url], name: 'conformance' });
        buses.push(bus);
        return bus;
      },
      wipe,
      fail: () => server.kill(),
      recover: () => server.restart(),
      published: ({ name }) => published(name),
      plant: (subject, body, mark) => {
        const header = headers();
        header.set('Nats-Msg-Id', mark?.id ?? '');
        header.set('Missions-Cursor', mark?.cursor ?? '');
        admin.publish(subject, body, mark ? { headers: header } : {});
        return admin.flush();
      },
      close: async () => {
        await Promise.all(buses.map((bus) => bus.close()));
        await close();
        await database.drop();
      },
    };
  };

  describeBus('NATS and Postgres', makeFixture);
});
