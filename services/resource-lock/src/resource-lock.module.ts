import {
  BACKGROUND,
  CLOCK,
  CONFIG,
  DATABASE,
  EVENT_STORE,
  killPoint,
  LOGGER,
  METRICS,
  POKER,
  provide,
} from '@missions/runtime';
import { Module } from '@nestjs/common';
import { PostgresLeaseTable } from './adapters/postgres-lease-table.ts';
import type { ResourceLockRows } from './adapters/resource-lock-rows.ts';
import { ClaimResources } from './application/claim-resources.ts';
import { DecideOnLedger } from './application/decide-on-ledger.ts';
import { KeepLeases } from './application/keep-leases.ts';
import { Ledgers } from './application/ledgers.ts';
import { SizePools } from './application/size-pools.ts';
import { SweepLeases } from './application/sweep-leases.ts';
import { PoolLoop } from './pool-loop.ts';
import { LEASE_TABLE } from './ports/lease-table.ts';
import { ResourceLockController } from './resource-lock.controller.ts';
import { SweepLoop } from './sweep-loop.ts';

@Module({
  controllers: [ResourceLockController],
  providers: [
    provide(LEASE_TABLE, [DATABASE], (db) => new PostgresLeaseTable(db.$extendTables<ResourceLockRows>())),
    provide(Ledgers, [EVENT_STORE], (store) => new Ledgers(store)),
    provide(
      DecideOnLedger,
      [EVENT_STORE, LEASE_TABLE, Ledgers, POKER, CLOCK, CONFIG],
      (store, leases, ledgers, poker, clock, { limits: { lockDelayMs, cycleTalkMs } }) =>
        new DecideOnLedger({ store, leases, ledgers, poker, clock, lockDelayMs, cycleTalkMs, killPoint }),
    ),
    provide(
      ClaimResources,
      [DecideOnLedger, LEASE_TABLE],
      (ledger, leases) => new ClaimResources(ledger, leases),
    ),
    provide(KeepLeases, [Ledgers, LEASE_TABLE], (ledgers, leases) => new KeepLeases(ledgers, leases)),
    provide(
      SizePools,
      [DecideOnLedger, CONFIG],
      (ledger, { resources: { pools } }) => new SizePools(ledger, pools),
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
