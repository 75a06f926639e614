import type { MissionCommandRequest } from '@missions/contracts';
import { isRefusal } from '@missions/kernel';

/** A held run under which a part of its mission's wall clock has been used up by now. */
export interface DueWallClock {
  readonly runId: string;
  readonly missionId: string;
  readonly token: number;
  readonly dueAt: Date;
}

export interface SweepWallClocksParts {
  readonly due: (limit: number) => Promise<readonly DueWallClock[]>;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
}

const batch = 100;

/** Has the mission look at its wall clock when a part of it is used up; the mission itself decides what follows. */
export class SweepWallClocks {
  constructor(private readonly parts: SweepWallClocksParts) {}

  async sweep(): Promise<void> {
    const due = await this.parts.due(batch);
    const outcomes = await Promise.allSettled(due.map((one) => this.check(one)));
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault) throw fault.reason;
  }

  private async check({ runId, missionId, token, dueAt }: DueWallClock): Promise<void> {
    try {
      await this.parts.command({
        commandId: `${runId}/${String(token)}/wall-clock/${dueAt.toISOString()}`,
        missionId,
        actor: { kind: 'service', id: 'orchestrator' },
        command: { type: 'CheckWallClock', data: { runId, token } },
      });
    } catch (error) {
      // The run is no longer held so: its row goes with that append.
      if (!isRefusal(error)) throw error;
    }
  }
}
