import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { settle, testDatabase, testNats } from './index.ts';

describe('a test database', () => {
  it('is fresh for every caller', async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
    expect(one.name).not.toBe(other.name);
    const client = new pg.Client({ connectionString: one.connectionString });
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    expect(rows[0]?.name).toBe(one.name);
    await client.end();
    await one.drop();
    await other.drop();
    await other.drop();
  });
});

describe('a test nats-server', () => {
  it('comes back on the same port after a kill', async () => {
    const nats = await testNats();
    const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
    await nats.kill();
    await nats.restart();
    await settle(async () => {
      await connection.flush();
      return true;
    });
    expect(connection.info?.server_name).toBe(nats.serverName);
    await connection.close();
    await nats.stop();
  });
});
