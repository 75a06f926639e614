import { connectBus } from '@missions/bus/nats';
import { openPostgres } from '@missions/event-store/postgres';
import { createRedactor, systemClock } from '@missions/kernel';
import {
  createLogger,
  loadConfig,
  openConnections,
  partOf,
  startService,
  type Connections,
  type RunningService,
} from '@missions/runtime';
import { ManageTokens } from '../application/manage-tokens.ts';
import { missionControlService } from '../service.ts';
import { LedgerOwner } from './ledger-owner.ts';
import { commandKeys, MissionOwner } from './mission-owner.ts';

export interface ApiPlace {
  readonly urlFor: (role: string) => string;
  readonly natsUrl: string;
  readonly stateDir: string;
}

export interface ServedApi {
  readonly url: string;
  readonly adminToken: string;
  readonly owner: MissionOwner;
  readonly ledgers: LedgerOwner;
  readonly service: RunningService;
  readonly connections: Connections;
  /** A token with these rights. */
  readonly tokenFor: (order: Parameters<ManageTokens['issue']>[0]) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Mission Control in this process on real servers, with an owner of missions to talk to. */
export async function serveApi({ urlFor, natsUrl, stateDir }: ApiPlace): Promise<ServedApi> {
  const keys = commandKeys();
  const stop = new AbortController();
  const adminToken = 'test-admin-token-1234567890';
  const { config } = await loadConfig({ env: {}, cwd: stateDir, flags: { 'limits.startupMs': 20_000 } });
  const redactor = createRedactor({ secrets: [] });
  const given = {
    name: 'mission-control' as const,
    config,
    environment: {
      databaseUrl: urlFor('missions_mission_control'),
      natsUrl,
      natsSeed: undefined,
      commandKey: keys.privatePem,
      commandPublicKey: undefined,
      adminToken,
      adminPerson: 'ana',
      state: stateDir,
      configFile: undefined,
      parentPipe: undefined,
      killAt: undefined,
      killMarker: undefined,
    },
    variables: {},
    logger: createLogger({ service: 'mission-control', level: 'fatal', redactor }),
    redactor,
    clock: systemClock,
    signal: stop.signal,
  };
  const connections = await openConnections(given);
  const service = await startService(missionControlService, { ...given, ...connections });
  const ownersBus = await connectBus({ servers: [natsUrl], name: 'decide', limitMs: 10_000 });
  const ownersStore = openPostgres({
    connectionString: urlFor('missions_decide'),
    poolSize: 2,
    applicationName: 'test owner',
  });
  const ledgersStore = openPostgres({
    connectionString: urlFor('missions_resource_lock'),
    poolSize: 2,
    applicationName: 'test owner of ledgers',
  });
  return {
    url: `http://127.0.0.1:${String(service.port)}`,
    adminToken,
    service,
    connections,
    owner: new MissionOwner(ownersStore.store, ownersBus, keys.publicPem),
    ledgers: new LedgerOwner(ledgersStore.store, ownersBus, keys.publicPem),
    tokenFor: async (order) => (await partOf(service.app, ManageTokens).issue(order)).token,
    close: async () => {
      stop.abort(new Error('The test is over.'));
      await service.close();
      await connections.close();
      await ownersBus.close();
      await ownersStore.close();
      await ledgersStore.close();
    },
  };
}
