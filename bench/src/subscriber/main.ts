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
  const consumer = await jetstream(connection, { checkAPI: false } as object).consumers.get(stream, {
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

process.once('disconnect', () => {
  process.exit(0);
});
process.once('message', (request: Subscribe) => {
  const all = Array.from({ length: request.count }, () => subscribe(request));
  void Promise.all(all).then(() => {
    tell({ kind: 'ready' });
  });
});
