import type { Clock } from '@missions/kernel';
import { isRefusal } from '@missions/kernel';
import type { ExpiredRun } from '@missions/runs';
import type { MissionCommandRequest } from '@missions/contracts';

export interface LeaseRows {
  readonly expired: (limit: number) => Promise<readonly ExpiredRun[]>;
  /** Extends every lease by one whole time to live. */
  readonly grace: () => Promise<void>;
}

export interface SweepLeasesParts {
  readonly rows: LeaseRows;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
  readonly clock: Clock;
  readonly leaseTtlMs: number;
}

const batch = 100;

/**
 * Turns expired leases into `RunReleased`. After its start, and after any gap in which nobody swept, holders that could
 * not renew get one time to live of grace: an outage of ours must not end their runs.
 */
export class SweepLeases {
  private lastSweepAt: number | undefined;

  constructor(private readonly parts: SweepLeasesParts) {}

  async sweep(): Promise<void> {
    const { rows, clock, leaseTtlMs } = this.parts;
    const now = clock.now().getTime();
    const gap = this.lastSweepAt === undefined || now - this.lastSweepAt > leaseTtlMs;
    if (gap) await rows.grace();
    this.lastSweepAt = now;
    for (const run of await rows.expired(batch)) await this.release(run);
  }

  private async release({ runId, missionId, token }: ExpiredRun): Promise<void> {
    try {
      await this.parts.command({
        commandId: `${runId}/${String(token)}/expired`,
        missionId,
        actor: { kind: 'service', id: 'orchestrator' },
        command: { type: 'ReleaseRun', data: { runId, token, reason: 'expired' } },
      });
    } catch (error) {
      // The run ended or was claimed anew in the meantime: its row goes with that append.
      if (!isRefusal(error)) throw error;
    }
  }
}
