import { randomUUID } from 'node:crypto';
import type { Bus } from '@missions/bus';
import { connectBus } from '@missions/bus/nats';
import { maxWaitMs, resourceSubjects } from '@missions/leasing';
import { z } from 'zod';
import type { LeaseClient, LeaseSystem } from './lease-system.ts';

const LIMIT_MS = maxWaitMs + 5_000;
const claimedSchema = z.object({ status: z.enum(['granted', 'queued']), token: z.number().optional() });

/** Where a client of the service connects, and as whom. */
export interface ServiceAccess {
  readonly natsUrl: string;
  readonly natsSeed: string;
}

/** Ours: the service's own process, over the bus, with its ledger in Postgres. */
export function serviceLeases(access: ServiceAccess): LeaseSystem {
  return {
    name: 'service',
    what: 'resource-lock over request/reply: an append each for claim and release',
    client: async (name, ttlMs) => new ServiceClient(await connectAsWorker(access), name, ttlMs),
    close: () => Promise.resolve(),
  };
}

function connectAsWorker({ natsUrl, natsSeed }: ServiceAccess): Promise<Bus> {
  return connectBus({
    servers: [natsUrl],
    name: 'worker',
    inboxPrefix: '_INBOX_worker',
    login: { nkeySeed: natsSeed },
  });
}

class ServiceClient implements LeaseClient {
  readonly #claims = new Map<string, string>();

  constructor(
    private readonly bus: Bus,
    private readonly name: string,
    private readonly ttlMs: number,
  ) {}

  async acquire(key: string): Promise<number> {
    const claimId = randomUUID();
    this.#claims.set(key, claimId);
    const claim = {
      claimId,
      owner: { missionId: this.name },
      resources: [key],
      ttlMs: this.ttlMs,
      waitMs: maxWaitMs,
    };
    for (;;) {
      const reply = await this.bus.request(resourceSubjects.claim, claim, { timeoutMs: LIMIT_MS });
      const { token } = claimedSchema.parse(reply);
      if (token !== undefined) return token;
    }
  }

  async release(key: string, token: number): Promise<void> {
    const held = { scope: scopeOfKey(key), claimId: this.#claims.get(key), token };
    await this.bus.request(resourceSubjects.release, held, { timeoutMs: LIMIT_MS });
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}

/** `r` for `path:/r/main/src`. */
function scopeOfKey(key: string): string {
  return key.slice(key.indexOf(':/') + 2).split('/')[0] ?? '';
}
