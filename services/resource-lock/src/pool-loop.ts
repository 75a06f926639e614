import type { Background, Logger } from '@missions/runtime';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { SizePools } from './application/size-pools.ts';

const againMs = 60_000;

export interface PoolLoopParts {
  readonly pools: SizePools;
  readonly background: Background;
  readonly logger: Logger;
}

/** Sizes the configured pools at the start, and again while one cannot be made as small as it should be. */
export class PoolLoop implements OnApplicationBootstrap {
  constructor(private readonly parts: PoolLoopParts) {}

  onApplicationBootstrap(): void {
    const { background, pools, logger } = this.parts;
    background.every(againMs, 'size-pools', async () => {
      for (const { message, code } of await pools.size())
        logger.warn({ code }, `A pool could not be sized: ${message}`);
    });
  }
}
