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

/** How the servers are had: `testDatabase` and `testNats`, handed in since only specs may import them. */
export interface StageServers {
  readonly testDatabase: () => Promise<StageDatabase>;
  readonly testNats: () => Promise<StageNats>;
  /** How long an answer is waited for; longer than any claim may wait unless given. */
  readonly answerMs?: number;
}

interface StageDatabase {
  readonly connectionString: string;
  readonly urlFor: (role: string) => string;
  readonly drop: () => Promise<void>;
}

interface StageNats {
  readonly url: string;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface Replica {
  readonly port: number;
  /** Safe to repeat. */
  readonly stop: () => Promise<void>;
}

/** Who asks, and on which resources. */
export interface Asked {
  readonly resources: readonly WantInput[];
  readonly missionId?: string;
  readonly ttlMs?: number;
  readonly waitMs?: number;
}

interface StageParts {
  readonly database: StageDatabase;
  readonly nats: StageNats;
  readonly client: Bus;
  readonly admin: Postgres<unknown>;
  readonly answerMs: number;
}

/** The service over real servers of its own, with a client of it, and everything it keeps in sight. */
export class LockStage {
  readonly natsUrl: string;
  /** As the service's own role. */
  readonly serviceUrl: string;
  private readonly keys = generateKeyPairSync('ed25519');
  private readonly replicas = new Set<Replica>();
  private scopes = 0;

  private constructor(private readonly stage: StageParts) {
    this.natsUrl = stage.nats.url;
    this.serviceUrl = stage.database.urlFor('missions_resource_lock');
  }

  static async open({ testDatabase, testNats, answerMs = 40_000 }: StageServers): Promise<LockStage> {
    const [database, nats] = await Promise.all([testDatabase(), testNats()]);
    const client = await connectBus({ servers: [nats.url], name: 'client' });
    const admin = openPostgres({
      connectionString: database.connectionString,
      poolSize: 2,
      applicationName: 'stage',
    });
    return new LockStage({ database, nats, client, admin, answerMs });
  }

  /** Ends all of it, the servers too. */
  async close(): Promise<void> {
    const { client, admin, database, nats } = this.stage;
    await this.stopReplicas();
    await Promise.all([client.close(), admin.close()]);
    await Promise.all([database.drop(), nats.stop()]);
  }

  async stopReplicas(): Promise<void> {
    await Promise.all([...this.replicas].map(({ stop }) => stop()));
  }

  restartNats(): Promise<void> {
    return this.stage.nats.restart();
  }

  /** A scope that nobody has used. */
  newScope(): string {
    this.scopes += 1;
    return `scope-${String(this.scopes)}`;
  }

  /** One more replica, which may believe in another time than the rest of the world. */
  async replica(clock: Clock = systemClock): Promise<Replica> {
    const postgres = openPostgres({
      connectionString: this.serviceUrl,
      poolSize: 6,
      applicationName: 'resource-lock',
    });
    const bus = await connectBus({ servers: [this.natsUrl], name: 'resource-lock' });
    const stopping = new AbortController();
    const service = await startService(
      resourceLockService,
      this.parts(clock, postgres, bus, stopping.signal),
    );
    const replica = {
      port: service.port,
      stop: async (): Promise<void> => {
        if (!this.replicas.delete(replica)) return;
        stopping.abort();
        await service.close();
        await bus.close();
        await postgres.close();
      },
    };
    this.replicas.add(replica);
    return replica;
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
        MISSIONS_DATABASE_URL: this.serviceUrl,
        MISSIONS_NATS_URL: this.natsUrl,
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
    const { client, answerMs } = this.stage;
    return client.request(subject, payload, { timeoutMs: answerMs });
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
    return this.stage.admin.store.read(`resources-${scope}`);
  }

  /** How long what had expired last was granted to nobody. */
  async closedMs(scope: string): Promise<number> {
    const events = await this.events(scope);
    const instant = (type: string, name: string): number => {
      const data = events.findLast((event) => event.type === type)?.data;
      return Date.parse((data as Readonly<Record<string, string>> | undefined)?.[name] ?? '');
    };
    return instant('LockGranted', 'grantedAt') - instant('LockExpired', 'expiredAt');
  }

  /** Which claims have a clock, with their tokens. */
  async leases(scope: string): Promise<readonly { readonly claimId: string; readonly token: number }[]> {
    const { rows } = await this.stage.admin.pool.query<{ claimId: string; token: number }>(
      `select claim_id as "claimId", token from resource_lease where scope = $1 order by claim_id`,
      [scope],
    );
    return rows;
  }

  /** Every ledger with every clock beside it, as one text. */
  async everything(): Promise<string> {
    const { rows } = await this.stage.admin.pool.query<{ everything: string }>(
      `select json_build_array(
        (select json_agg(e order by e.stream, e.version) from event e),
        (select json_agg(l order by l.scope, l.claim_id) from resource_lease l),
        (select json_agg(o order by o.scope) from resource_opening o))::text as everything`,
    );
    return rows[0]?.everything ?? '';
  }

  /** How many seconds an instant lies ahead by the clock of the database. */
  async aheadS(instant: string): Promise<number> {
    const { rows } = await this.stage.admin.pool.query<{ ahead: number }>(
      `select extract(epoch from $1::timestamptz - clock_timestamp())::float8 as ahead`,
      [instant],
    );
    return rows[0]?.ahead ?? Number.NaN;
  }
}
