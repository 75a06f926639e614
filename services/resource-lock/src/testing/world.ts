import type { Poke, Poker, PokeSource } from '@missions/bus';
import type { EventStore } from '@missions/event-store';
import { MemoryEventStore } from '@missions/event-store/memory';
import type { ClaimReply, ClaimRequest, Mode } from '@missions/leasing';
import { MemoryLeaseTable } from '../adapters/memory-lease-table.ts';
import { StoreDecisionLog } from '../adapters/store-decision-log.ts';
import { ClaimResources } from '../application/claim-resources.ts';
import { DatabaseClock } from '../application/database-clock.ts';
import { DecideOnLedger } from '../application/decide-on-ledger.ts';
import { InterveneInLedger } from '../application/intervene-in-ledger.ts';
import { KeepLeases } from '../application/keep-leases.ts';
import { LedgerWatch } from '../application/ledger-watch.ts';
import { Ledgers } from '../application/ledgers.ts';
import { Negotiate } from '../application/negotiate.ts';
import { SizePools } from '../application/size-pools.ts';
import { SweepLeases } from '../application/sweep-leases.ts';

export const startMs = Date.UTC(2026, 0, 1);
export const ttlMs = 1000;
const intervalMs = 100;

/** One replica; several of them may share a world. */
export interface Replica {
  readonly claims: ClaimResources;
  readonly talk: Negotiate;
  readonly people: InterveneInLedger;
  readonly leases: KeepLeases;
  readonly sweeper: SweepLeases;
  readonly size: (pools: Readonly<Record<string, number>>) => ReturnType<SizePools['size']>;
}

/** Replicas over one store and one lease table, with a clock that the case moves. */
export class World {
  readonly table = new MemoryLeaseTable(startMs);
  readonly store: EventStore = new MemoryEventStore({ calls: this.table.calls });
  readonly pokes: string[] = [];
  readonly stopping = new AbortController();
  private readonly listeners: ((poke: Poke) => void)[] = [];
  private nowMs = startMs;

  replica(store: EventStore = this.store): Replica {
    const { table } = this;
    const ledgers = new Ledgers(store);
    const poker: Poker = {
      poke: (stream, version) => {
        this.pokes.push(`${stream}@${version}`);
        for (const listener of this.listeners) listener({ stream, version });
      },
    };
    const clock = { now: () => new Date(startMs) };
    const ledger = new DecideOnLedger({
      log: new StoreDecisionLog(store, table),
      ledgers,
      time: new DatabaseClock(table, () => this.nowMs),
      poker,
      clock,
      lockDelayMs: 5000,
      cycleTalkMs: 5000,
      killPoint: () => undefined,
      observe: () => undefined,
    });
    return {
      claims: new ClaimResources(ledger, table, ledgers, this.watch(ledgers)),
      talk: new Negotiate(ledger),
      people: new InterveneInLedger(ledger, { isGenuine: (_what, { signature }) => signature === 'signed' }),
      leases: new KeepLeases(ledgers, table),
      size: (pools) => new SizePools(ledger, pools).size(),
      sweeper: new SweepLeases(ledger, table, { intervalMs, monotonicMs: () => this.nowMs }),
    };
  }

  private watch(ledgers: Ledgers): LedgerWatch {
    const pokes: PokeSource = {
      onPoke: (handler) => {
        this.listeners.push(handler);
        return { stop: () => Promise.resolve() };
      },
    };
    return new LedgerWatch(ledgers, pokes, this.stopping.signal);
  }

  advance(ms: number): void {
    this.table.advance(ms);
    this.nowMs += ms;
  }

  /** Sweeps as often as a running service would while `ms` pass. */
  async pass(ms: number, { sweeper }: Replica): Promise<void> {
    for (let passed = 0; passed < ms; passed += intervalMs) {
      this.advance(intervalMs);
      await sweeper.sweep();
    }
  }

  async types(scope = 'r'): Promise<readonly string[]> {
    return (await this.store.read(`resources-${scope}`)).map((event) => event.type);
  }
}

export const request = (claimId: string, ...resources: readonly string[]): ClaimRequest => ({
  claimId,
  owner: { missionId: `mission-of-${claimId}` },
  resources: resources.map((resource) => ({ resource, mode: 'X' })),
  ttlMs,
});
export const sharing = (claimId: string, mode: Mode): ClaimRequest => ({
  ...request(claimId),
  resources: [{ resource: 'path:/r/main/src', mode }],
});
export const taking = (claimId: string, units: number): ClaimRequest => ({
  ...request(claimId),
  resources: [{ resource: 'pool:/r/gpu', mode: 'X', units }],
});
export const src = (claimId: string): ClaimRequest => request(claimId, 'path:/r/main/src');

export function tokenOf(reply: ClaimReply): number {
  if (reply.status === 'granted') return reply.token;
  throw new Error(`Claim ${reply.claimId} waits.`);
}
