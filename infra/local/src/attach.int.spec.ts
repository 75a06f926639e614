import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { testDatabase, testNats, testPostgresUrl } from '@missions/testing';
import { attachInfrastructure } from './attach.ts';
import { freePort } from './ports.ts';

async function silentServer(): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, close };
}

describe('attaching to existing servers', () => {
  it('accepts servers that answer', async () => {
    const [database, nats] = await Promise.all([testDatabase(), testNats()]);
    const attached = await attachInfrastructure({
      databaseUrl: database.connectionString,
      natsUrl: nats.url,
    });
    expect(attached.nats.url).toBe(nats.url);
    await nats.stop();
    await database.drop();
  });

  it('refuses a Postgres that is not there, with the way out and without its password', async () => {
    const nats = await testNats();
    const port = String(await freePort());
    const attaching = attachInfrastructure({
      databaseUrl: `postgres://ada:hush@127.0.0.1:${port}/missions`,
      natsUrl: nats.url,
    });
    const error = await attaching.catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({
      code: 'POSTGRES_UNREACHABLE',
      message: expect.stringMatching(/ECONNREFUSED.*MISSIONS_DATABASE_URL/) as string,
    });
    expect(error).not.toMatchObject({ message: expect.stringContaining('hush') as string });
    await nats.stop();
  });

  it('refuses a wrong password', async () => {
    const nats = await testNats();
    const url = new URL(await testPostgresUrl());
    url.password = 'wrong';
    await expect(attachInfrastructure({ databaseUrl: url.href, natsUrl: nats.url })).rejects.toMatchObject({
      code: 'POSTGRES_AUTH',
    });
    await nats.stop();
  });

  it('refuses a NATS that is not there', async () => {
    const natsUrl = `nats://127.0.0.1:${String(await freePort())}`;
    await expect(
      attachInfrastructure({ databaseUrl: await testPostgresUrl(), natsUrl }),
    ).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
  });

  it('gives up on servers that accept and never speak', async () => {
    const silent = await silentServer();
    const address = `127.0.0.1:${String(silent.port)}`;
    const limits = { limitMs: 200 };
    await expect(
      attachInfrastructure({
        databaseUrl: `postgres://a@${address}/b`,
        natsUrl: `nats://${address}`,
        ...limits,
      }),
    ).rejects.toMatchObject({ code: 'POSTGRES_UNREACHABLE' });
    await expect(
      attachInfrastructure({ databaseUrl: await testPostgresUrl(), natsUrl: `nats://${address}`, ...limits }),
    ).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
    await silent.close();
  });

  it('stops waiting when it is aborted', async () => {
    const silent = await silentServer();
    const address = `127.0.0.1:${String(silent.port)}`;
    const signal = AbortSignal.timeout(100);
    const attaching = attachInfrastructure({
      databaseUrl: `postgres://a@${address}/b`,
      natsUrl: `nats://${address}`,
      limitMs: 20_000,
      signal,
    });
    await expect(attaching).rejects.toMatchObject({ name: 'TimeoutError' });
    await silent.close();
  });
});
