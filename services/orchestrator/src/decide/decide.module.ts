import { pokingStore, type Cursors } from '@missions/bus';
import { PostgresCursors } from '@missions/bus/postgres';
import { MissionFolds } from '@missions/runs';
import {
  dueWallClocks,
  expiredRuns,
  graceForAll,
  runOutlook,
  stallSightings,
  unclaimedRuns,
} from '@missions/runs/postgres';
import {
  BACKGROUND,
  BUS,
  CLOCK,
  CONFIG,
  DATABASE,
  ENVIRONMENT,
  EVENT_STORE,
  LOGGER,
  METRICS,
  READINESS,
  killPoint,
  provide,
  token,
} from '@missions/runtime';
import { Module } from '@nestjs/common';
import { Ed25519CommandVerifier } from './adapters/ed25519-command-verifier.ts';
import { MissionCommandController } from './adapters/mission-command.controller.ts';
import { waitingBehind } from './adapters/postgres-feed-end.ts';
import { PostgresHeldLocks } from './adapters/postgres-held-locks.ts';
import { missionsAtWork } from './adapters/postgres-missions-at-work.ts';
import { PostgresMissionFollower } from './wiring/postgres-mission-follower.ts';
import { HandleMissionCommand, type MissionFollower } from './application/handle-mission-command.ts';
import { LedgerTalk } from './application/ledger-talk.ts';
import { letPass } from './application/let-pass.ts';
import { LockErrands } from './application/lock-errands.ts';
import { NegotiateForRuns } from './application/negotiate-for-runs.ts';
import { PrecedenceFold } from './application/precedence-fold.ts';
import { SweepLeases } from './application/sweep-leases.ts';
import { SweepWallClocks } from './application/sweep-wall-clocks.ts';
import { TellNegotiations } from './application/tell-negotiations.ts';
import { TellOverlaps } from './application/tell-overlaps.ts';
import { WatchLockWaits } from './application/watch-lock-waits.ts';
import { WatchRuns } from './application/watch-runs.ts';
import { DecideLoops } from './decide-loops.ts';

const FOLLOWER = token<MissionFollower<unknown>>('FOLLOWER');

@Module({
  controllers: [MissionCommandController],
  providers: [
    provide(MissionFolds, [EVENT_STORE], (store) => new MissionFolds(store)),
    provide(FOLLOWER, [CONFIG], ({ limits }) => new PostgresMissionFollower(limits.leaseTtlMs)),
    provide(
      HandleMissionCommand,
      [EVENT_STORE, BUS, MissionFolds, FOLLOWER, CLOCK, ENVIRONMENT],
      (store, bus, folds, follower, clock, { commandPublicKey }) =>
        new HandleMissionCommand({
          store: pokingStore(store, bus),
          folds,
          follower,
          clock,
          verifier: new Ed25519CommandVerifier(commandPublicKey),
          killPoint,
        }),
    ),
    provide(
      SweepLeases,
      [DATABASE, HandleMissionCommand, CLOCK, CONFIG],
      (database, missions, clock, { limits: { leaseTtlMs, sweepMs } }) =>
        new SweepLeases({
          rows: {
            expired: (limit) => expiredRuns(database, limit),
            grace: () => graceForAll(database, leaseTtlMs),
          },
          command: (request) => missions.fromInside(request),
          clock,
          leaseTtlMs,
          sweepMs,
        }),
    ),
    provide(
      SweepWallClocks,
      [DATABASE, HandleMissionCommand],
      (database, missions) =>
        new SweepWallClocks({
          due: (limit) => dueWallClocks(database, limit),
          command: (request) => missions.fromInside(request),
        }),
    ),
    provide(
      WatchRuns,
      [DATABASE, HandleMissionCommand, CONFIG],
      (database, missions, { limits: { runStallMin, runUnclaimedMin, leaseTtlMs } }) => {
        const stallMs = Math.ceil(runStallMin * 60_000);
        // Whoever is alive hears of a stop with its next renewal, and needs some time to end what it does.
        const stopMs = 2 * leaseTtlMs;
        return new WatchRuns({
          rows: {
            stalls: (limit) => stallSightings(database, { stallMs, stopMs }, limit),
            unclaimed: (limit) => unclaimedRuns(database, runUnclaimedMin * 60_000, limit),
          },
          command: (request) => missions.fromInside(request),
          stallMs,
        });
      },
    ),
    provide(
      LockErrands,
      [BUS, DATABASE, HandleMissionCommand, MissionFolds, CONFIG],
      (bus, database, missions, folds, { limits: { leaseTtlMs } }) =>
        new LockErrands({
          requester: bus,
          poker: bus,
          locks: new PostgresHeldLocks(database),
          command: (request) => missions.fromInside(request),
          mission: (missionId) => folds.load(missionId),
          ttlMs: leaseTtlMs,
        }),
    ),
    provide(LedgerTalk, [BUS], (requester) => new LedgerTalk(requester)),
    provide(PrecedenceFold, [EVENT_STORE], (store) => new PrecedenceFold(store)),
    provide(
      NegotiateForRuns,
      [LedgerTalk, PrecedenceFold, HandleMissionCommand, DATABASE, MissionFolds, CLOCK, CONFIG],
      (talk, precedence, missions, database, folds, clock, { limits: { negotiateMs } }) =>
        new NegotiateForRuns({
          talk,
          precedence: () => precedence.newest(),
          letPass: (circumstances) => letPass(circumstances, (request) => missions.fromInside(request)),
          mission: (missionId) => folds.load(missionId),
          outlook: (runId) => runOutlook(database, runId),
          waiting: () => new PostgresHeldLocks(database).waiting(),
          now: () => clock.now(),
          talkMs: negotiateMs,
        }),
    ),
    provide(
      TellNegotiations,
      [LedgerTalk, HandleMissionCommand],
      (talk, missions) => new TellNegotiations({ talk, command: (request) => missions.fromInside(request) }),
    ),
    provide(
      TellOverlaps,
      [DATABASE, HandleMissionCommand, MissionFolds],
      (database, missions, folds) =>
        new TellOverlaps({
          mission: (missionId) => folds.load(missionId),
          atWork: (repository) => missionsAtWork(database, repository),
          command: (request) => missions.fromInside(request),
        }),
    ),
    provide(
      WatchLockWaits,
      [BUS, DATABASE, HandleMissionCommand, CONFIG],
      (requester, database, missions, { limits: { lockWaitMin } }) =>
        new WatchLockWaits({
          requester,
          locks: new PostgresHeldLocks(database),
          command: (request) => missions.fromInside(request),
          limitMs: lockWaitMin * 60_000,
        }),
    ),
    provide(
      DecideLoops,
      [
        EVENT_STORE,
        BUS,
        DATABASE,
        BACKGROUND,
        LOGGER,
        SweepLeases,
        SweepWallClocks,
        WatchRuns,
        LockErrands,
        TellNegotiations,
        NegotiateForRuns,
        TellOverlaps,
        WatchLockWaits,
        CLOCK,
        READINESS,
        METRICS,
        CONFIG,
      ],
      (
        store,
        bus,
        database,
        background,
        logger,
        sweeper,
        wallClocks,
        watcher,
        errands,
        negotiations,
        negotiators,
        overlaps,
        lockWaits,
        clock,
        readiness,
        metrics,
        { limits },
      ) =>
        new DecideLoops({
          store,
          bus,
          cursors: new PostgresCursors(database) as Cursors,
          background,
          logger,
          sweeper,
          wallClocks,
          watcher,
          followers: [errands, negotiations, negotiators, overlaps],
          errands,
          negotiators,
          lockWaits,
          waitingBehind: (cursor) => waitingBehind(database, cursor),
          clock,
          readiness,
          metrics,
          sweepMs: limits.sweepMs,
          renewMs: limits.leaseRenewMs,
        }),
    ),
  ],
})
export class DecideModule {}
