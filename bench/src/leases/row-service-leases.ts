import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Awaited } from '../ground/awaited.ts';
import { Child } from '../ground/child.ts';
import type { LeaseClient, LeaseSystem } from './lease-system.ts';
import { ACQUIRE, RELEASE, type RowService } from './row-service/protocol.ts';

const LIMIT_MS = 10_000;
const READY = 'ready';

/** What a lease behind a service costs at least: the bare row, kept by another process that is asked over the bus. */
export async function rowServiceLeases(request: RowService): Promise<LeaseSystem> {
  const started = new Awaited<number>();
  const child = new Child<RowService, string>(new URL('./row-service/main.js', import.meta.url), (heard) => {
    started.add(heard, 0);
  });
  child.send(request);
  await started.take(READY);
  return {
    name: 'row-service',
    what: 'a lease row behind a bare responder on a NATS of its own: no framework, no events, nobody to tell',
    client: async () =>
      new RowServiceClient(await connect({ servers: request.natsUrl, noAsyncTraces: true })),
    close: () => child.stop(),
  };
}

class RowServiceClient implements LeaseClient {
  constructor(private readonly connection: NatsConnection) {}

  async acquire(key: string): Promise<number> {
    const reply = await this.connection.request(ACQUIRE, JSON.stringify(key), { timeout: LIMIT_MS });
    return reply.json<number>();
  }

  async release(key: string, token: number): Promise<void> {
    await this.connection.request(RELEASE, JSON.stringify({ key, token }), { timeout: LIMIT_MS });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
