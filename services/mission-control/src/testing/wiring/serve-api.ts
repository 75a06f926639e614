import { connectBus } from '@missions/bus/nats';
import { openPostgres } from '@missions/event-store/postgres';
import { createRedactor, systemClock } from '@missions/kernel';
import {
  createLogger,
  loadConfig,
  openConnections,
  partOf,
  readServiceEnvironment,
  startService,
  type Connections,
  type ServiceParts,
} from '@missions/runtime';
import { ManageTokens } from '../../application/manage-tokens.ts';
import { missionControlService } from '../../service.ts';
import { LedgerOwner } from '../ledger-owner.ts';
import { commandKeys, MissionOwner } from '../mission-owner.ts';

export interface ApiPlace {
  readonly urlFor: (role: string) => string;
  readonly natsUrl: string;
  readonly stateDir: string;
}

/** What a request says besides its method and path. */
export interface Asked {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The admin's unless given. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServedApi {
  readonly url: string;
  readonly adminToken: string;
  readonly owner: MissionOwner;
  readonly ledgers: LedgerOwner;
  readonly connections: Connections;
  /** A token with these rights. */
  readonly tokenFor: (order: Parameters<ManageTokens['issue']>[0]) => Promise<string>;
  readonly call: (method: string, path: string, asked?: Asked) => Promise<Response>;
  readonly close: () => Promise<void>;
}

const adminToken = 'test-admin-token-1234567890';

/** Mission Control in this process on real servers, with an owner of missions to talk to. */
export async function serveApi(place: ApiPlace): Promise<ServedApi> {
  const keys = commandKeys();
  const stop = new AbortController();
  const given = await givenIn(place, keys.privatePem, stop.signal);
  const connections = await openConnections({ ...given, variables: {} });
  const service = await startService(missionControlService, { ...given, ...connections });
  const owners = await openOwners(place, keys.publicPem);
  const url = `http://127.0.0.1:${String(service.port)}`;
  return {
    url,
    adminToken,
    connections,
    owner: owners.missions,
    ledgers: owners.ledgers,
    tokenFor: async (order) => (await partOf(service.app, ManageTokens).issue(order)).token,
    call: (method, path, asked) => fetch(`${url}${path}`, requestOf(method, asked)),
    close: async () => {
      stop.abort(new Error('The test is over.'));
      await service.close();
      await connections.close();
      await owners.close();
    },
  };
}

async function givenIn(
  { urlFor, natsUrl, stateDir }: ApiPlace,
  commandKey: string,
  signal: AbortSignal,
): Promise<Omit<ServiceParts, 'store' | 'bus'>> {
  const { config } = await loadConfig({ env: {}, cwd: stateDir, flags: { 'limits.startupMs': 20_000 } });
  const redactor = createRedactor({ secrets: [] });
  return {
    name: 'mission-control',
    config,
    environment: readServiceEnvironment({
      MISSIONS_DATABASE_URL: urlFor('missions_mission_control'),
      MISSIONS_NATS_URL: natsUrl,
      MISSIONS_STATE: stateDir,
      MISSIONS_COMMAND_KEY: commandKey,
      MISSIONS_ADMIN_TOKEN: adminToken,
      MISSIONS_ADMIN_PERSON: 'ana',
    }),
    logger: createLogger({ service: 'mission-control', level: 'fatal', redactor }),
    redactor,
    clock: systemClock,
    signal,
  };
}

/** Who decides what people ask for: of missions, and of what they share. */
async function openOwners({ urlFor, natsUrl }: ApiPlace, publicPem: string) {
  const bus = await connectBus({ servers: [natsUrl], name: 'decide', limitMs: 10_000 });
  const storeOf = (role: string, applicationName: string) =>
    openPostgres({ connectionString: urlFor(role), poolSize: 2, applicationName });
  const missions = storeOf('missions_decide', 'test owner');
  const ledgers = storeOf('missions_resource_lock', 'test owner of ledgers');
  return {
    missions: new MissionOwner(missions.store, bus, publicPem),
    ledgers: new LedgerOwner(ledgers.store, bus, publicPem),
    close: async (): Promise<void> => {
      await bus.close();
      await missions.close();
      await ledgers.close();
    },
  };
}

function requestOf(method: string, { body, token = adminToken, headers }: Asked = {}): RequestInit {
  return {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}
