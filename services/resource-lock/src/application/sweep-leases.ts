import { isRefusal } from '@missions/kernel';
import { LeaseRenewedError, type LeaseKey, type LeaseTable } from '../ports/lease-table.ts';
import type { DecideOnLedger } from './decide-on-ledger.ts';

export interface SweepOptions {
  /** How often `sweep` is called. */
  readonly intervalMs: number;
  /** A monotonic clock in milliseconds. */
  readonly monotonicMs: () => number;
}

export interface SweepResult {
  readonly expired: readonly LeaseKey[];
  readonly served: readonly string[];
}

const pageSize = 100;
/** So many missed sweeps mean that this process, or the database, was away. */
const missedSweeps = 5;

/**
 * Ends leases that ran out, and serves queues whose resources open again. A lease is ended only after its whole time to
 * live was observed without a gap: while nobody could answer renewals, no holder is to blame for not renewing.
 */
export class SweepLeases {
  private observedSinceMs: number | undefined;
  private lastSweepMs: number | undefined;

  constructor(
    private readonly ledger: DecideOnLedger,
    private readonly leases: LeaseTable,
    private readonly options: SweepOptions,
  ) {}

  async sweep(): Promise<SweepResult> {
    const expired: LeaseKey[] = [];
    for (const lease of await this.leases.expired({ observedMs: this.observedMs(), limit: pageSize })) {
      if (await this.expire(lease)) expired.push(lease);
    }
    const due = await this.leases.openings();
    for (const scope of due) await this.serve(scope);
    this.lastSweepMs = this.options.monotonicMs();
    return { expired, served: due };
  }

  private observedMs(): number {
    const { intervalMs, monotonicMs } = this.options;
    const now = monotonicMs();
    const gapMs = this.lastSweepMs === undefined ? Infinity : now - this.lastSweepMs;
    if (this.observedSinceMs === undefined || gapMs > missedSweeps * intervalMs) this.observedSinceMs = now;
    return Math.floor(now - this.observedSinceMs);
  }

  /** Whether this sweep ended it: a renewal, a release or another replica may have come first. */
  private async expire({ scope, claimId, token }: LeaseKey): Promise<boolean> {
    try {
      await this.ledger.decide({
        scope,
        command: { type: 'ExpireLease', data: { claimId, token } },
        commandId: `expire/${claimId}/${token}`,
      });
      return true;
    } catch (error) {
      if (error instanceof LeaseRenewedError || isRefusal(error)) return false;
      throw error;
    }
  }

  private async serve(scope: string): Promise<void> {
    const at = await this.leases.now();
    await this.ledger.decide({ scope, command: { type: 'ServeQueue', data: {} }, commandId: `serve/${at}` });
  }
}
