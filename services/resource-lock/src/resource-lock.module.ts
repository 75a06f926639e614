import {
  BACKGROUND,
  CLOCK,
  CONFIG,
  DATABASE,
  ENVIRONMENT,
  EVENT_STORE,
  killPoint,
  LOGGER,
  METRICS,
  POKER,
  POKE_SOURCE,
  provide,
  sizedPools,
  STOP_SIGNAL,
} from '@missions/runtime';
import { Module } from '@nestjs/common';
import { Ed25519InterventionVerifier } from './adapters/ed25519-intervention-verifier.ts';
import { PostgresProviderShareTable } from './adapters/postgres-provider-share-table.ts';
import { PostgresLeaseTable } from './adapters/postgres-lease-table.ts';
import type { ResourceLockRows } from './adapters/resource-lock-rows.ts';
import { StoreDecisionLog } from './adapters/store-decision-log.ts';
import { ClaimResources } from './application/claim-resources.ts';
import { DatabaseClock } from './application/database-clock.ts';
import { DecideOnLedger } from './application/decide-on-ledger.ts';
import { InterveneInLedger } from './application/intervene-in-ledger.ts';
import { KeepLeases } from './application/keep-leases.ts';
import { LedgerWatch } from './application/ledger-watch.ts';
import { LendShares } from './application/lend-shares.ts';
import { Ledgers } from './application/ledgers.ts';
import { Negotiate } from './application/negotiate.ts';
import { SizePools } from './application/size-pools.ts';
import { SweepLeases } from './application/sweep-leases.ts';
import { LeaseMetrics } from './lease-metrics.ts';
import { NegotiationController } from './negotiation.controller.ts';
import { PoolLoop } from './pool-loop.ts';
import { DECISION_LOG } from './ports/decision-log.ts';
import { INTERVENTION_VERIFIER } from './ports/intervention-verifier.ts';
import { LEASE_TABLE } from './ports/lease-table.ts';
import { PROVIDER_SHARE_TABLE } from './ports/provider-share-table.ts';
import { ProviderShareController } from './provider-share.controller.ts';
import { ResourceLockController } from './resource-lock.controller.ts';
import { SweepLoop } from './sweep-loop.ts';

@Module({
  controllers: [ResourceLockController, NegotiationController, ProviderShareController],
  providers: [
    provide(LEASE_TABLE, [DATABASE], (db) => new PostgresLeaseTable(db.$extendTables<ResourceLockRows>())),
    provide(Ledgers, [EVENT_STORE], (store) => new Ledgers(store)),
    provide(LeaseMetrics, [METRICS], (metrics) => new LeaseMetrics(metrics)),
    provide(
      LedgerWatch,
      [Ledgers, POKE_SOURCE, STOP_SIGNAL],
      (ledgers, pokes, signal) => new LedgerWatch(ledgers, pokes, signal),
    ),
    provide(DatabaseClock, [LEASE_TABLE], (leases) => new DatabaseClock(leases, () => performance.now())),
    provide(DECISION_LOG, [EVENT_STORE, LEASE_TABLE], (store, leases) => new StoreDecisionLog(store, leases)),
    provide(
      DecideOnLedger,
      [DECISION_LOG, Ledgers, DatabaseClock, POKER, CLOCK, CONFIG, LeaseMetrics],
      (log, ledgers, time, poker, clock, { limits: { lockDelayMs, cycleTalkMs } }, metrics) =>
        new DecideOnLedger({
          log,
          ledgers,
          time,
          poker,
          clock,
          lockDelayMs,
          cycleTalkMs,
          killPoint,
          observe: (decision) => {
            metrics.observe(decision);
          },
        }),
    ),
    provide(
      ClaimResources,
      [DecideOnLedger, LEASE_TABLE, Ledgers, LedgerWatch],
      (ledger, leases, ledgers, watch) => new ClaimResources(ledger, leases, ledgers, watch),
    ),
    provide(Negotiate, [DecideOnLedger], (ledger) => new Negotiate(ledger)),
    provide(
      INTERVENTION_VERIFIER,
      [ENVIRONMENT],
      ({ commandPublicKey }) => new Ed25519InterventionVerifier(commandPublicKey),
    ),
    provide(
      InterveneInLedger,
      [DecideOnLedger, INTERVENTION_VERIFIER],
      (ledger, verifier) => new InterveneInLedger(ledger, verifier),
    ),
    provide(KeepLeases, [Ledgers, LEASE_TABLE], (ledgers, leases) => new KeepLeases(ledgers, leases)),
    provide(PROVIDER_SHARE_TABLE, [DATABASE], (db) => new PostgresProviderShareTable(db)),
    provide(LendShares, [PROVIDER_SHARE_TABLE], (table) => new LendShares(table)),
    provide(
      SizePools,
      [DecideOnLedger, CONFIG],
      (ledger, config) => new SizePools(ledger, sizedPools(config)),
    ),
    provide(
      PoolLoop,
      [SizePools, BACKGROUND, LOGGER],
      (pools, background, logger) => new PoolLoop({ pools, background, logger }),
    ),
    provide(
      SweepLeases,
      [DecideOnLedger, LEASE_TABLE, CONFIG],
      (ledger, leases, { limits: { sweepMs } }) =>
        new SweepLeases(ledger, leases, { intervalMs: sweepMs, monotonicMs: () => performance.now() }),
    ),
    provide(
      SweepLoop,
      [SweepLeases, BACKGROUND, LOGGER, METRICS, CONFIG],
      (sweeper, background, logger, metrics, { limits: { sweepMs } }) =>
        new SweepLoop({ sweeper, background, logger, metrics, intervalMs: sweepMs }),
    ),
  ],
})
export class ResourceLockModule {}
