import {
  consume,
  defaultTopology,
  internalRoute,
  publicRoute,
  publicSubject,
  Relay,
  sharingFeed,
  TopologyError,
  type Bus,
  type Consumption,
  type Cursors,
} from '@missions/bus';
import { publicNameOf, toCloudEvent } from '@missions/contracts';
import type { EventStore } from '@missions/event-store';
import type { Clock } from '@missions/kernel';
import {
  connectionsOfReplica,
  type Background,
  type Logger,
  type Metrics,
  type Readiness,
} from '@missions/runtime';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { RelayHealth, type RelayHealthParts } from './application/relay-health.ts';
import type { LockErrands } from './application/lock-errands.ts';
import type { NegotiateForRuns } from './application/negotiate-for-runs.ts';
import type { SweepLeases } from './application/sweep-leases.ts';
import type { WatchLockWaits } from './application/watch-lock-waits.ts';
import type { WatchRuns } from './application/watch-runs.ts';
import type { SweepWallClocks } from './application/sweep-wall-clocks.ts';

export interface DecideLoopsParts {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly cursors: Cursors;
  readonly background: Background;
  readonly logger: Logger;
  readonly sweeper: SweepLeases;
  readonly wallClocks: SweepWallClocks;
  readonly watcher: WatchRuns;
  /** Who acts on which event, in this order. */
  readonly followers: readonly Pick<LockErrands, 'concerns' | 'follow'>[];
  readonly errands: LockErrands;
  readonly negotiators: NegotiateForRuns;
  readonly lockWaits: WatchLockWaits;
  /** The oldest event behind a place in the feed. */
  readonly waitingBehind: RelayHealthParts['waitingBehind'];
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly sweepMs: number;
  readonly renewMs: number;
}

/**
 * Whoever runs an errand holds a connection for its cursor, and needs another one meanwhile: with more at a time, all
 * connections may be held by those that wait for one. An errand may wait for another service for seconds; so few are one
 * transaction that it does not idle for too long.
 */
const CONCURRENCY = Math.floor(connectionsOfReplica / 2);
const BATCH = 10;

/** What the mission's owner does without being asked: relays the log, sweeps leases, runs errands for locks. */
export class DecideLoops implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly relays: readonly Relay[];
  private consumption: Consumption | undefined;

  constructor(private readonly parts: DecideLoopsParts) {
    const { store, bus, logger } = parts;
    const routes = [
      internalRoute(defaultTopology),
      publicRoute(defaultTopology, (event) => {
        const cloudEvent = toCloudEvent(event);
        if (!cloudEvent) return undefined;
        const subject = publicSubject(cloudEvent.subject, publicNameOf(cloudEvent));
        return { subject, body: JSON.stringify(cloudEvent) };
      }),
    ];
    const feed = sharingFeed(store);
    this.relays = routes.map(
      (route) =>
        new Relay({
          store: feed,
          bus,
          route,
          // What is waited for in a ledger is poked; only its record goes by the relay.
          atOnce: (stream) => stream.startsWith('mission-'),
          onProblem: (error) => {
            logger.warn({ err: error, stream: route.stream.name }, 'The relay had a problem and tries again');
          },
        }),
    );
  }

  /** A bus whose streams are not as they must be ends the start; one that is away is waited for by the relays. */
  async onApplicationBootstrap(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.prepare().catch(riseWhenWrong)));
    const { store, bus, cursors, background, sweeper, wallClocks, watcher, errands, sweepMs, renewMs } =
      this.parts;
    const { followers, negotiators, lockWaits, logger, readiness, metrics, clock, waitingBehind } =
      this.parts;
    for (const relay of this.relays) relay.start();
    const health = new RelayHealth({ relays: this.relays, waitingBehind, clock, metrics });
    readiness.add({ name: 'relay', check: () => health.check() });
    background.every(sweepMs, 'measure-relays', () => health.measure());
    this.consumption = consume(
      { store, cursors, bus },
      {
        service: 'decide',
        concurrency: CONCURRENCY,
        batch: BATCH,
        concerns: (event) => followers.some((follower) => follower.concerns(event)),
        handle: async (event) => {
          for (const follower of followers) if (follower.concerns(event)) await follower.follow(event);
        },
        onProblem: (problem) => {
          logger.warn({ ...problem, err: problem.error }, 'An errand had a problem');
        },
      },
    );
    background.every(sweepMs, 'sweep-leases', () => sweeper.sweep());
    background.every(sweepMs, 'sweep-wall-clocks', () => wallClocks.sweep());
    background.every(sweepMs, 'watch-runs', () => watcher.look());
    background.every(renewMs, 'renew-locks', () => errands.renewAll());
    background.every(renewMs, 'watch-lock-waits', () => lockWaits.look());
    background.every(renewMs, 'negotiate', () => negotiators.look());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.consumption?.stop();
    await Promise.all(this.relays.map((relay) => relay.stop()));
  }
}

function riseWhenWrong(error: unknown): void {
  if (error instanceof TopologyError) throw error;
}
