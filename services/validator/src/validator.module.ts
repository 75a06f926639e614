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
  type OpenSurroundings,
} from '@missions/runtime';
import type { PerformRun } from '@missions/runs';
import { Module } from '@nestjs/common';
import { takeBaseline } from './application/take-baseline.ts';
import { validateMilestone, type ValidatorSettings } from './application/validate-milestone.ts';

@Module({
  imports: [AgentServiceModule.of('validator')],
  providers: [
    provide(
      RunServing,
      [RUN_HOST, BACKGROUND, LOGGER, CONFIG, SURROUNDINGS],
      (host, background, logger, { runs, limits, mcp, validators }, surroundings) =>
        new RunServing({
          host,
          background,
          logger,
          filter: {
            roles: ['scrutiny', 'user_testing'],
            tasks: ['baseline', 'validate'],
            labels: runs.labels,
          },
          slots: runs.slots,
          pollMs: limits.pollMs,
          perform: performValidatorRun(surroundings, {
            mcp: mcpAccess(mcp),
            explorationTurns: validators.exploration.maxTurns,
          }),
        }),
    ),
  ],
})
export class ValidatorModule {}

function performValidatorRun(surroundings: OpenSurroundings, settings: ValidatorSettings): PerformRun {
  return async (claimed) => {
    const place = await surroundings(claimed.mission.id);
    try {
      if (claimed.run.task === 'baseline') await takeBaseline(claimed, place);
      else await validateMilestone(claimed, place, settings);
    } finally {
      await place.release();
    }
  };
}
