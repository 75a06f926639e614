import { driveRun, RunSlots, type DelegationFilter, type PerformRun, type RunHost } from '@missions/runs';
import { missionIdOfStream } from '@missions/contracts';
import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ServiceName } from '../service/service-parts.ts';
import type { Background } from '../lifecycle/background.ts';
import type { Logger } from '../logging/logger.ts';
import {
  ARTIFACT_STORE,
  BACKGROUND,
  BUS,
  CLOCK,
  CONFIG,
  DATABASE,
  ENVIRONMENT,
  EVENT_STORE,
  LOGGER,
  METRICS,
  REDACTOR,
} from '../nest/runtime-tokens.ts';
import { provide, token } from '../nest/token.ts';
import { BusShareSource } from '../provider-shares/bus-share-source.ts';
import { ProviderShares } from '../provider-shares/provider-shares.ts';
import { removeAbandonedPlaces } from './host-places.ts';
import { replicaName, runHostOf } from './run-host.ts';
import { removeUnusedToolchains } from './toolchain-uses.ts';
import { openHost, openRepositories, type OpenSurroundings } from './surroundings.ts';
import type { MissionRepositories } from '@missions/workspace';

/** This replica as claims and shares name it. */
const HOLDER = token<string>('HOLDER');
export const RUN_HOST = token<RunHost>('RUN_HOST');
/** Git stores of missions on this host; needs no sandbox. */
export const REPOSITORIES = token<MissionRepositories>('REPOSITORIES');
/** A mission's place on this host; the host's part is opened at the first use, so that a host without a sandbox starts, says so, and fails the runs that need one. */
export const SURROUNDINGS = token<OpenSurroundings>('SURROUNDINGS');

/** What every service that drives runs finds provided beside the runtime's own parts. */
@Module({})
export class AgentServiceModule {
  static of(name: ServiceName): DynamicModule {
    const providers = [
      provide(HOLDER, [], () => replicaName(name)),
      providerShares,
      runHost(name),
      provide(REPOSITORIES, [ENVIRONMENT, REDACTOR], ({ state }, redactor) =>
        openRepositories(state, redactor),
      ),
      provide(SURROUNDINGS, [CONFIG, ENVIRONMENT, REDACTOR, LOGGER], (config, { state }, redactor, log) =>
        onHost(() => openHost({ stateDir: state, redactor, config, log })),
      ),
      provide(LeftoverRemoval, [ENVIRONMENT, BACKGROUND, LOGGER], ({ state }, background, log) => {
        return new LeftoverRemoval(state, background, log);
      }),
    ];
    return {
      module: AgentServiceModule,
      global: true,
      providers,
      exports: providers.map((provider) => provider.provide),
    };
  }
}

const providerShares = provide(
  ProviderShares,
  [BUS, HOLDER, METRICS, LOGGER, BACKGROUND],
  (bus, holder, metrics, logger, background) =>
    new ProviderShares({ source: new BusShareSource(bus, holder), metrics, logger, background }),
);

function runHost(name: ServiceName): FactoryProvider<RunHost> {
  return provide(
    RUN_HOST,
    [
      HOLDER,
      ProviderShares,
      CONFIG,
      ENVIRONMENT,
      LOGGER,
      CLOCK,
      REDACTOR,
      EVENT_STORE,
      ARTIFACT_STORE,
      DATABASE,
      BUS,
    ],
    (holder, shares, config, environment, logger, clock, redactor, events, artifacts, database, bus) => {
      const host = { name, holder, shares, config, environment, logger, clock, redactor };
      return runHostOf({ ...host, events, artifacts, database, bus });
    },
  );
}

const leftoverRemovalMs = 600_000;

/** Clears what other processes of this host left when they were killed, and old toolchains: at the start, and now and then. */
export class LeftoverRemoval implements OnApplicationBootstrap {
  constructor(
    private readonly stateDir: string,
    private readonly background: Background,
    private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.background.every(leftoverRemovalMs, 'remove-leftovers', async () => {
      const abandoned = await removeAbandonedPlaces(this.stateDir, (error, path) => {
        this.log.warn({ err: error, path }, 'What a killed process left could not be removed');
      });
      const removed = [...abandoned, ...(await removeUnusedToolchains(this.stateDir, Date.now()))];
      if (removed.length > 0)
        this.log.info({ removed }, 'Removed what killed processes left, and toolchains that nothing uses');
    });
  }
}

function onHost(open: () => Promise<OpenSurroundings>): OpenSurroundings {
  const host = once(open);
  return async (missionId) => (await host())(missionId);
}

/** The same result for every caller; a failure is not kept, so that what was mended is found. */
function once<Value>(open: () => Promise<Value>): () => Promise<Value> {
  let opening: Promise<Value> | undefined;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}

export interface RunServingParts {
  readonly host: RunHost;
  readonly background: Background;
  readonly logger: Logger;
  readonly filter: DelegationFilter;
  readonly slots: number;
  readonly pollMs: number;
  readonly perform: PerformRun;
}

/** Serves open delegations as long as the service runs, woken by every change of a mission. */
export class RunServing implements OnApplicationBootstrap {
  constructor(private readonly parts: RunServingParts) {}

  onApplicationBootstrap(): void {
    const { host, background, logger, filter, slots, pollMs, perform } = this.parts;
    const serving = new RunSlots({
      desk: host.desk,
      filter,
      slots,
      pollMs,
      drive: (delegation, signal) => driveRun(host, delegation, perform, signal),
      onTrouble: (error, delegation) => {
        logger.warn({ err: error, runId: delegation?.runId }, 'Serving a run had a problem');
      },
    });
    background.start('serve-runs', async (signal) => {
      const pokes = host.pokes.onPoke(({ stream }) => {
        if (missionIdOfStream(stream) !== undefined) serving.wake();
      });
      try {
        await serving.serve(signal);
      } finally {
        await pokes.stop();
      }
    });
  }
}
