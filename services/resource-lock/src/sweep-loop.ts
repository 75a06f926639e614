import type { Background, Logger, Metrics } from '@missions/runtime';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { SweepLeases } from './application/sweep-leases.ts';

export interface SweepLoopParts {
  readonly sweeper: SweepLeases;
  readonly background: Background;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly intervalMs: number;
}

/** Sweeps as long as the service runs, and says what it ended. */
export class SweepLoop implements OnApplicationBootstrap {
  constructor(private readonly parts: SweepLoopParts) {}

  onApplicationBootstrap(): void {
    const { background, intervalMs, sweeper, logger, metrics } = this.parts;
    const ended = metrics.counter('missions_leases_expired_total', 'Leases that ran out without renewal', []);
    background.every(intervalMs, 'sweep-leases', async () => {
      const { expired } = await sweeper.sweep();
      for (const lease of expired) logger.warn({ ...lease }, 'A lease ran out');
      ended.inc(expired.length);
    });
  }
}
