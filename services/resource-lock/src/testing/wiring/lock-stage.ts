import { generateKeyPairSync, sign } from 'node:crypto';
import type { Bus } from '@missions/bus';
import { connectBus } from '@missions/bus/nats';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { createRedactor, systemClock, type Clock } from '@missions/kernel';
import {
  claimReplySchema,
  interventionText,
  resourceSubjects,
  type ClaimReply,
  type Intervention,
  type InterventionRequest,
  type WantInput,
} from '@missions/leasing';
import {
  createLogger,
  missionsConfigSchema,
  readServiceEnvironment,
  startService,
  type RunningService,
  type ServiceParts,
} from '@missions/runtime';
import { resourceLockService } from '../../service.ts';

export const stageLimits = {
  sweepMs: 50,
  lockDelayMs: 600,
  cycleTalkMs: 1000,
  leaseTtlMs: 1000,
  leaseRenewMs: 200,
};
/** Longer than any test takes: nothing of it expires. */
export const hourMs = 3_600_000;

export interface StageServers {
  /** As superuser, and as the service's own role. */
  readonly adminUrl: string;
  readonly serviceUrl: string;
  readonly natsUrl: string;
  /** How long an answer is waited for; longer than any claim may wait unless given. */
  readonly answerMs?: number;
}

/** Who asks, and on which resources. */
export interface Asked {
  readonly resources: readonly WantInput[];
  readonly missionId?: string;
  readonly ttlMs?: number;
  readonly waitMs?: number;
}

/** The service over real servers, with a client of it, and everything it keeps in sight. */
export class LockStage {
  private readonly keys = generateKeyPairSync('ed25519');
  private readonly replicas: (() => Promise<void>)[] = [];

  private constructor(
    private readonly servers: StageServers,
    private readonly client: Bus,
    private readonly admin: Postgres<unknown>,
  ) {}

  static async open(servers: StageServers): Promise<LockStage> {
    const client = await connectBus({ servers: [servers.natsUrl], name: 'client' });
    const admin = openPostgres({
      connectionString: servers.adminUrl,
      poolSize: 2,
      applicationName: 'stage',
    });
    return new LockStage(servers, client, admin);
  }

  async close(): Promise<void> {
    await this.stopReplicas();
    await Promise.all([this.client.close(), this.admin.close()]);
  }

  async stopReplicas(): Promise<void> {
    await Promise.all(this.replicas.splice(0).map((stop) => stop()));
  }

  /** One more replica, which may believe in another time than the rest of the world. */
  async replica(clock: Clock = systemClock): Promise<RunningService> {
    const { serviceUrl, natsUrl } = this.servers;
    const postgres = openPostgres({
      connectionString: serviceUrl,
      poolSize: 6,
      applicationName: 'resource-lock',
    });
    const bus = await connectBus({ servers: [natsUrl], name: 'resource-lock' });
    const stopping = new AbortController();
    const service = await startService(
      resourceLockService,
      this.parts(clock, postgres, bus, stopping.signal),
    );
    this.replicas.push(async () => {
      stopping.abort();
      await service.close();
      await bus.close();
      await postgres.close();
    });
    return service;
  }

  private parts(
    clock: Clock,
    postgres: Postgres<unknown>,
    bus: Awaited<ReturnType<typeof connectBus>>,
    signal: AbortSignal,
  ): ServiceParts {
    const redactor = createRedactor({ secrets: [] });
    return {
      name: 'resource-lock',
      config: missionsConfigSchema.parse({
        limits: stageLimits,
        resources: { pools: { 'pool:/pooled/gpu': 2 } },
      }),
      environment: readServiceEnvironment({
        MISSIONS_DATABASE_URL: this.servers.serviceUrl,
        MISSIONS_NATS_URL: this.servers.natsUrl,
        MISSIONS_STATE: '/nowhere',
        MISSIONS_COMMAND_PUBLIC_KEY: this.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      }),
      logger: createLogger({ service: 'resource-lock', level: 'silent', redactor }),
      redactor,
      clock,
      store: {
        events: postgres.store,
        artifacts: postgres.artifacts,
        database: postgres.db,
        ping: postgres.check,
        close: postgres.close,
      },
      bus,
      signal,
    };
  }

  ask(subject: string, payload: unknown): Promise<unknown> {
    return this.client.request(subject, payload, { timeoutMs: this.servers.answerMs ?? 40_000 });
  }

  async claim(
    claimId: string,
    { resources, missionId = `mission-of-${claimId}`, ttlMs = hourMs, waitMs }: Asked,
  ): Promise<ClaimReply> {
    return claimReplySchema.parse(
      await this.ask(resourceSubjects.claim, {
        claimId,
        owner: { missionId },
        resources,
        ttlMs,
        ...(waitMs !== undefined && { waitMs }),
      }),
    );
  }

  /** The token of a claim that is granted at once. */
  async granted(claimId: string, asked: Asked): Promise<number> {
    const reply = await this.claim(claimId, asked);
    if (reply.status === 'granted') return reply.token;
    throw new Error(`Claim ${claimId} waits.`);
  }

  /** As Mission Control signs what a person asks for. */
  signed<R extends InterventionRequest>(what: Intervention, request: R): R {
    const text = Buffer.from(interventionText(what, request));
    return { ...request, signature: sign(null, text, this.keys.privateKey).toString('base64') };
  }

  async events(scope: string): Promise<readonly { readonly type: string; readonly data: unknown }[]> {
    return this.admin.store.read(`resources-${scope}`);
  }

  /** Which claims have a clock, with their tokens. */
  async leases(scope: string): Promise<readonly { readonly claimId: string; readonly token: number }[]> {
    const { rows } = await this.admin.pool.query<{ claimId: string; token: number }>(
      `select claim_id as "claimId", token from resource_lease where scope = $1 order by claim_id`,
      [scope],
    );
    return rows;
  }

  /** Every ledger with every clock beside it, as one text. */
  async everything(): Promise<string> {
    const { rows } = await this.admin.pool.query<{ everything: string }>(
      `select json_build_array(
        (select json_agg(e order by e.stream, e.version) from event e),
        (select json_agg(l order by l.scope, l.claim_id) from resource_lease l),
        (select json_agg(o order by o.scope) from resource_opening o))::text as everything`,
    );
    return rows[0]?.everything ?? '';
  }

  /** How many seconds an instant lies ahead by the clock of the database. */
  async aheadS(instant: string): Promise<number> {
    const { rows } = await this.admin.pool.query<{ ahead: number }>(
      `select extract(epoch from $1::timestamptz - clock_timestamp())::float8 as ahead`,
      [instant],
    );
    return rows[0]?.ahead ?? Number.NaN;
  }
}
