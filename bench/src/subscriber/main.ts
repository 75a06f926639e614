import { DeliverPolicy, jetstream, type ConsumerMessages } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { monotonicMs } from '../measure/monotonic.ts';
import type { Heard, Subscribe } from './protocol.ts';

/** One subscriber as another system would be: an ordered consumer of new messages, which says when each arrived. */
async function subscribe({ server, login, stream, subject }: Subscribe): Promise<void> {
  const connection = await connect({
    servers: server,
    ...(login && {
      authenticator: nkeyAuthenticator(new TextEncoder().encode(login.seed)),
      inboxPrefix: login.inboxPrefix,
    }),
  });
  const consumer = await jetstream(connection, { checkAPI: false }).consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.New,
  });
  void report(await consumer.consume());
}

async function report(messages: ConsumerMessages): Promise<void> {
  for await (const message of messages) {
    const at = monotonicMs();
    tell({ kind: 'received', key: message.json<{ id: string }>().id, at });
  }
}

function tell(message: Heard): void {
  process.send?.(message);
}

/** One after another: a server waits only so long for the signature of a login, and this process makes them all. */
async function subscribeAll(request: Subscribe): Promise<void> {
  for (let n = 0; n < request.count; n += 1) await subscribe(request);
  tell({ kind: 'ready' });
}

process.once('disconnect', () => {
  process.exit(0);
});
process.once('message', (request: Subscribe) => {
  void subscribeAll(request);
});
