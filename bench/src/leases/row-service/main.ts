import { connect } from '@nats-io/transport-node';
import { openRowClient } from '../row-leases.ts';
import { ACQUIRE, RELEASE, type Released, type RowService } from './protocol.ts';

process.once('message', (request: RowService) => {
  void answer(request);
});
process.once('disconnect', () => process.exit(0));

/** A lease row behind a bus and nothing else: no framework, no events, nobody else to hear of it. */
async function answer({ natsUrl, databaseUrl, ttlMs }: RowService): Promise<void> {
  const connection = await connect({ servers: natsUrl, noAsyncTraces: true });
  const client = await openRowClient(databaseUrl, 'row-service', ttlMs);
  connection.subscribe(ACQUIRE, {
    callback: (_error, message) => {
      void client.acquire(message.json<string>()).then((token) => message.respond(JSON.stringify(token)));
    },
  });
  connection.subscribe(RELEASE, {
    callback: (_error, message) => {
      const { key, token } = message.json<Released>();
      void client.release(key, token).then(() => message.respond());
    },
  });
  await connection.flush();
  process.send?.('ready');
}
