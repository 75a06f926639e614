import { consume, type Bus, type Consumption, type Cursors } from '@missions/bus';
import type { EventStore } from '@missions/event-store';
import type { Logger } from '@missions/runtime';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ProjectCards } from './application/project-cards.ts';

export interface CardProjectionParts {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly cursors: Cursors;
  readonly projection: ProjectCards<unknown>;
  readonly logger: Logger;
}

/** Few at a time: people's requests share the connections. */
const CONCURRENCY = 2;

/** Follows the missions' streams as long as the service runs. */
export class CardProjection implements OnApplicationBootstrap, OnApplicationShutdown {
  private consumption: Consumption | undefined;

  constructor(private readonly parts: CardProjectionParts) {}

  onApplicationBootstrap(): void {
    const { store, bus, cursors, projection, logger } = this.parts;
    this.consumption = consume(
      { store, cursors, bus },
      {
        service: 'mission-control',
        streamPrefix: 'mission-',
        handle: projection.handle,
        concurrency: CONCURRENCY,
        onProblem: ({ error, ...problem }) => {
          logger.warn({ ...problem, err: error }, 'The list of missions had a problem');
        },
      },
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.consumption?.stop();
  }
}
