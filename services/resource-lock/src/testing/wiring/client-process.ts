import { connectBus } from '@missions/bus/nats';
import { claimReplySchema, renewReplySchema, resourceSubjects } from '@missions/leasing';
import { Effects } from './effects.ts';
import { LockClient, type LockApi } from '../lock-client.ts';
import { seeded } from '../seeded.ts';

interface Settings {
  readonly name: string;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly clients: number;
  readonly rounds: number;
  readonly ttlMs: number;
  readonly useMs: number;
  readonly limitMs: number;
}

// A process of its own, so that a test can stop it and wake it. Says on standard output what its clients saw.
const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const bus = await connectBus({ servers: [settings.natsUrl], name: settings.name });
const effects = new Effects(settings.databaseUrl);
const ask = (subject: string, payload: unknown): Promise<unknown> =>
  bus.request(subject, payload, { timeoutMs: 2000 });
const api: LockApi = {
  claim: async (request) => claimReplySchema.parse(await ask(resourceSubjects.claim, request)),
  renew: async (lease) => renewReplySchema.parse(await ask(resourceSubjects.renew, lease)),
  release: (lease) => ask(resourceSubjects.release, lease),
};
const clients = Array.from({ length: settings.clients }, (_, place) => {
  const name = `${settings.name}.${String(place)}`;
  return new LockClient({
    name,
    api,
    effect: (resource, claimId, token) => effects.happen(resource, claimId, token),
    observe: (observation) => void process.stdout.write(`${JSON.stringify(observation)}\n`),
    random: seeded(name),
    ttlMs: settings.ttlMs,
    useMs: settings.useMs,
    signal: AbortSignal.timeout(settings.limitMs),
  });
});
await Promise.all(clients.map((client) => client.run(settings.rounds)));
await Promise.all([bus.close(), effects.close()]);
