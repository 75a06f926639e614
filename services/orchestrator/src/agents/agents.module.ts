import {
  AgentServiceModule,
  BACKGROUND,
  CONFIG,
  LOGGER,
  REPOSITORIES,
  RUN_HOST,
  RunServing,
  mcpAccess,
  provide,
} from '@missions/runtime';
import { Module } from '@nestjs/common';
import { performOrchestratorRun } from './perform-orchestrator-run.ts';
import { orchestratorTasks } from './prompts.ts';

@Module({
  imports: [AgentServiceModule.of('orchestrator-agents')],
  providers: [
    provide(
      RunServing,
      [RUN_HOST, BACKGROUND, LOGGER, CONFIG, REPOSITORIES],
      (host, background, logger, { runs, limits, mcp }, repositories) =>
        new RunServing({
          host,
          background,
          logger,
          filter: { roles: ['orchestrator'], tasks: orchestratorTasks, labels: runs.labels },
          slots: runs.slots,
          pollMs: limits.pollMs,
          perform: performOrchestratorRun(repositories, mcpAccess(mcp)),
        }),
    ),
  ],
})
export class AgentsModule {}
