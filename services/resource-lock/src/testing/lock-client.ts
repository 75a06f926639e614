import { delay, isRefusal } from '@missions/kernel';
import type { ClaimReply, ClaimRequest, RenewReply } from '@missions/leasing';
import type { Observation } from './history.ts';

/** The service as a client reaches it: over the bus, or as an object. Faults other than refusals may be asked again. */
export interface LockApi {
  readonly claim: (request: ClaimRequest) => Promise<ClaimReply>;
  readonly renew: (lease: Lease) => Promise<RenewReply>;
  readonly release: (lease: Lease) => Promise<unknown>;
}

interface Lease {
  readonly scope: string;
  readonly claimId: string;
  readonly token: number;
}

export interface LockClientParts {
  readonly name: string;
  readonly api: LockApi;
  /** Something that happens to a resource, whether or not the resource takes it. */
  readonly effect: (resource: string, claimId: string, token: number) => Promise<void>;
  readonly observe: (observation: Observation) => void;
  readonly random: () => number;
  readonly ttlMs: number;
  /** How long the use of a port takes; shorter than the lock-delay. */
  readonly useMs: number;
  readonly signal: AbortSignal;
}

const scope = 'r';
const files = ['path:/r/main/a', 'path:/r/main/b'];
const port = 'port:/r/8080';
const choices = [[files[0]], [files[1]], files, [port]] as readonly (readonly string[])[];

/** Microseconds of the machine's monotonic clock, the same for every process. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * A client as careless as clients are: it oversleeps its leases and goes on, forgets to release, releases late and twice, and
 * now and then releases what is not its own.
 */
export class LockClient {
  constructor(private readonly parts: LockClientParts) {}

  async run(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) await this.round(`${this.parts.name}-${String(round)}`);
  }

  private async round(claimId: string): Promise<void> {
    const { random, observe } = this.parts;
    const resources = choices[Math.floor(random() * choices.length)] ?? files;
    const calledAt = nowUs();
    const token = await this.granted(claimId, resources);
    if (token === undefined) observe({ kind: 'unanswered', claimId });
    // Granted and over while this client slept: that is an answer too.
    if (token === undefined || token === 'refused') return;
    observe({ kind: 'granted', claimId, resources, token, calledAt, answeredAt: nowUs() });
    const lease = { scope, claimId, token };
    if (resources.includes(port)) await this.usePort(lease);
    else await this.work(lease, resources);
    if (random() < 0.15) await this.releaseWithout(lease);
    if (random() < 0.8) await this.release(lease);
    if (random() < 0.2) await this.release(lease);
  }

  private async granted(
    claimId: string,
    resources: readonly string[],
  ): Promise<number | 'refused' | undefined> {
    const { api, name, ttlMs, signal } = this.parts;
    const wants = resources.map((resource) => ({ resource, mode: 'X' as const }));
    const request = {
      claimId,
      owner: { missionId: name, runId: claimId },
      resources: wants,
      ttlMs,
      waitMs: 300,
    };
    while (!signal.aborted) {
      const reply = await this.asked(() => api.claim(request));
      if (reply === 'refused') return reply;
      if (reply?.status === 'granted') return reply.token;
    }
    return undefined;
  }

  /** Several effects, before some of which it sleeps longer than its lease lives; only tokens keep it in order. */
  private async work({ claimId, token }: Lease, resources: readonly string[]): Promise<void> {
    const { effect, random, ttlMs } = this.parts;
    for (const resource of resources) {
      await effect(resource, claimId, token);
      await delay(random() < 0.15 ? ttlMs * 2 : random() * 5);
      await effect(resource, claimId, token);
    }
  }

  /** Begins only while its lease lives by its own clock, as late as it may, and is still at it when the lease has ended. */
  private async usePort(lease: Lease): Promise<void> {
    const { api, random, ttlMs, useMs, observe } = this.parts;
    const sentAt = nowUs();
    const renewed = await this.asked(() => api.renew(lease));
    if (renewed === undefined || renewed === 'refused') return;
    const marginMs = 30;
    if (random() < 0.6) await delay(Math.max(0, ttlMs - marginMs * 2 - (nowUs() - sentAt) / 1000));
    const from = nowUs();
    if (from > sentAt + (renewed.ttlMs - marginMs) * 1000) return;
    await delay(useMs);
    // What was sent lands within this; how late this process hears of it is another matter.
    const to = from + useMs * 1000;
    observe({ kind: 'use', claimId: lease.claimId, resource: port, from, to });
  }

  private async release(lease: Lease): Promise<void> {
    const { api, random, observe, ttlMs } = this.parts;
    const calledAt = nowUs();
    // A message may be long under way.
    await delay(random() < 0.1 ? ttlMs : 0);
    const reply = await this.asked(() => api.release(lease));
    const { claimId, token } = lease;
    observe({
      kind: 'release',
      claimId,
      token,
      calledAt,
      accepted: reply !== undefined && reply !== 'refused',
    });
  }

  /** Another token than its own must release nothing. */
  private async releaseWithout(lease: Lease): Promise<void> {
    const { api, observe } = this.parts;
    const token = Math.max(1, lease.token - 1);
    const calledAt = nowUs();
    const reply = await this.asked(() => api.release({ ...lease, token }));
    if (reply !== undefined && reply !== 'refused')
      observe({ kind: 'release', claimId: lease.claimId, token, calledAt, accepted: true });
  }

  /** The answer, `refused`, or nothing when the time is up; asks again as long as nobody answers. */
  private async asked<R>(ask: () => Promise<R>): Promise<R | 'refused' | undefined> {
    while (!this.parts.signal.aborted) {
      try {
        return await ask();
      } catch (error) {
        if (isRefusal(error)) return 'refused';
        await delay(20);
      }
    }
    return undefined;
  }
}
