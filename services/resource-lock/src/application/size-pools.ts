import { randomUUID } from 'node:crypto';
import { LeasingRefusal, scopeOf } from '@missions/leasing';
import type { DecideOnLedger } from './decide-on-ledger.ts';

/** Tells the ledgers how many units the configured pools have; replicas that say the same change nothing. */
export class SizePools {
  constructor(
    private readonly ledger: DecideOnLedger,
    /** Capacities by the name of the pool. */
    private readonly pools: Readonly<Record<string, number>>,
  ) {}

  /** Gives back the refusals: a pool is not made smaller than what somebody waits for. */
  async size(): Promise<readonly LeasingRefusal[]> {
    const refused: LeasingRefusal[] = [];
    for (const [resource, capacity] of Object.entries(this.pools)) {
      try {
        await this.ledger.decide({
          scope: scopeOf([{ resource, mode: 'X' }]),
          command: { type: 'SizePool', data: { resource, capacity } },
          commandId: `size/${resource}/${randomUUID()}`,
        });
      } catch (error) {
        if (!(error instanceof LeasingRefusal)) throw error;
        refused.push(error);
      }
    }
    return refused;
  }
}
