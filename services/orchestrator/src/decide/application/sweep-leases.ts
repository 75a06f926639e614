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
  /** How often it is swept. */
  readonly sweepMs: number;
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
    const { rows, clock } = this.parts;
    const now = clock.now().getTime();
    const gap = this.lastSweepAt === undefined || now - this.lastSweepAt > this.longestPauseMs;
    if (gap) await rows.grace();
    this.lastSweepAt = now;
    const outcomes = await Promise.allSettled((await rows.expired(batch)).map((run) => this.release(run)));
    // One mission's fault keeps no other mission's run from being released.
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault) throw fault.reason;
  }

  /** Sweeps that are this far apart are a gap; a slow sweep is none, else no lease would ever expire. */
  private get longestPauseMs(): number {
    return Math.max(this.parts.leaseTtlMs, 3 * this.parts.sweepMs);
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
