import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Bus } from '@missions/bus';
import { createModel, priceOf } from '@missions/models';
import type { Role } from '@missions/mission';
import { MissionFolds, ModelNotConfigured, RequestingCommander, type RunHost } from '@missions/runs';
import { PostgresRunDesk } from '@missions/runs/postgres';
import type { ArtifactStore, EventStore } from '@missions/event-store';
import type { Clock, Redactor } from '@missions/kernel';
import { hostProcess } from '../config/host-process.ts';
import type { MissionsConfig } from '../config/missions-config.schema.ts';
import type { ServiceEnvironment } from '../config/service-environment.ts';
import type { Database } from '../connections/service-store.ts';
import type { Logger } from '../logging/logger.ts';
import type { ServiceName } from '../service/service-parts.ts';
import { killPoint } from '../lifecycle/kill-point.ts';
import type { ProviderShares } from '../provider-shares/provider-shares.ts';

/** A command to the mission's owner is repeated so long before the run is left to another holder. */
const commandMs = 60_000;
/** Well within the time a service has to stop (`limits.stopMs`), so that sandbox and workspace can go after it. */
const partingMs = 4_000;
/** Told to people: a pause has no effect after 40 s at most, and is seen within 6. */
const pauseGraceMs = 30_000;

export interface RunHostInput {
  /** Unique among all replicas. */
  readonly holder: string;
  readonly name: ServiceName;
  readonly config: MissionsConfig;
  readonly environment: ServiceEnvironment;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly events: EventStore;
  readonly artifacts: ArtifactStore;
  readonly database: Database;
  readonly bus: Bus;
  readonly shares: ProviderShares;
}

/** A name that no other replica has. */
export function replicaName(service: ServiceName): string {
  // A container gives every process of its service the same name and pid.
  return `${service}@${hostname()}/${String(process.pid)}/${randomUUID().slice(0, 8)}`;
}

/** What a replica of an agent service brings to its runs. */
export function runHostOf(input: RunHostInput): RunHost {
  const { holder, config, environment, events, artifacts, database, bus } = input;
  const modelChoice = (role: Role) => config.models[role] ?? fallbackChoice(config.models, role);
  return {
    holder,
    actor: { kind: 'service', id: input.name },
    store: events,
    artifacts,
    folds: new MissionFolds(events),
    desk: new PostgresRunDesk(database),
    pokes: bus,
    commander: new RequestingCommander(bus),
    clock: input.clock,
    redactor: input.redactor,
    log: input.logger,
    limits: { ...config.limits, commandMs, partingMs, pauseGraceMs },
    modelChoice,
    modelFor: async (role) => {
      const choice = modelChoice(role);
      if (!choice) throw new ModelNotConfigured(role);
      const model = await createModel(choice, {
        providers: config.providers,
        capabilities: config.capabilities,
        redactor: input.redactor,
        gateFor: (account) => input.shares.gateFor(account),
        env: hostProcess().env,
        directory: environment.configFile === undefined ? process.cwd() : dirname(environment.configFile),
      });
      return { model, price: priceOf(choice.use, config.providers, config.prices) };
    },
    killPoint,
  };
}

/** A researcher without a model of its own uses the orchestrator's. */
function fallbackChoice(
  models: MissionsConfig['models'],
  role: Role,
): MissionsConfig['models']['orchestrator'] {
  return role === 'researcher' ? models.orchestrator : undefined;
}
