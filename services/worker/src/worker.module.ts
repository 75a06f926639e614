import {
  AgentServiceModule,
  BACKGROUND,
  CONFIG,
  LOGGER,
  RUN_HOST,
  RunServing,
  SURROUNDINGS,
  mcpAccess,
  provide,
} from '@missions/runtime';
import { Module } from '@nestjs/common';
import { buildFeature } from './application/build-feature.ts';

@Module({
  imports: [AgentServiceModule.of('worker')],
  providers: [
    provide(
      RunServing,
      [RUN_HOST, BACKGROUND, LOGGER, CONFIG, SURROUNDINGS],
      (host, background, logger, { runs, limits, providers, prices, mcp }, surroundings) =>
        new RunServing({
          host,
          background,
          logger,
          filter: { roles: ['worker'], tasks: ['build'], labels: runs.labels },
          slots: runs.slots,
          pollMs: limits.pollMs,
          perform: buildFeature(
            surroundings,
            { providers, prices, stallMs: limits.runStallMin * 60_000 },
            mcpAccess(mcp),
          ),
        }),
    ),
  ],
})
export class WorkerModule {}
