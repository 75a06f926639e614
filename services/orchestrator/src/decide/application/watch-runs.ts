import { isRefusal } from '@missions/kernel';
import type { MissionCommandRequest } from '@missions/contracts';
import type { StallSighting, UnclaimedRun } from '@missions/runs';

export interface WatchedRuns {
  readonly stalls: (limit: number) => Promise<readonly StallSighting[]>;
  readonly unclaimed: (limit: number) => Promise<readonly UnclaimedRun[]>;
}

export interface WatchRunsParts {
  readonly rows: WatchedRuns;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
  /** How long nothing of a run may move before it is stopped. */
  readonly stallMs: number;
}

const batch = 100;

/**
 * Sees that no run hangs unseen: says of one that does not move, stops it, and says of one that nobody claims. Every command
 * carries what was seen in its id and the mission says each thing once, so that any number of replicas may watch.
 */
export class WatchRuns {
  constructor(private readonly parts: WatchRunsParts) {}

  async look(): Promise<void> {
    const { rows } = this.parts;
    const [stalls, unclaimed] = await Promise.all([rows.stalls(batch), rows.unclaimed(batch)]);
    const outcomes = await Promise.allSettled([
      ...stalls.map((sighting) => this.act(sighting)),
      ...unclaimed.map((run) => this.say(run)),
    ]);
    // One mission's fault keeps no other mission's run from being seen.
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault) throw fault.reason;
  }

  private act({ runId, missionId, token, due, sinceAt, lastLine }: StallSighting): Promise<void> {
    const since = sinceAt.toISOString();
    const name = `${runId}/${String(token)}`;
    const held = { runId, token };
    switch (due) {
      case 'say':
        return this.tell(missionId, `${name}/stalled/${since}`, {
          type: 'RecordStall',
          data: {
            ...held,
            sinceAt: since,
            limitMs: this.parts.stallMs,
            ...(lastLine !== undefined && { lastLine }),
          },
        });
      case 'clear':
        return this.tell(missionId, `${name}/moves/${since}`, { type: 'RecordRecovery', data: held });
      case 'stop':
        return this.tell(missionId, `${name}/stop`, { type: 'StopStalledRun', data: held });
      case 'fail':
        return this.tell(missionId, `${name}/fail`, { type: 'FailStalledRun', data: held });
    }
  }

  private say({ runId, missionId, sinceAt, ...run }: UnclaimedRun): Promise<void> {
    const since = sinceAt.toISOString();
    return this.tell(missionId, `${runId}/unclaimed/${since}`, {
      type: 'RecordUnclaimed',
      data: { runId, sinceAt: since, needs: needsOf(run) },
    });
  }

  private async tell(
    missionId: string,
    commandId: string,
    command: MissionCommandRequest['command'],
  ): Promise<void> {
    const actor = { kind: 'service', id: 'orchestrator' } as const;
    try {
      await this.parts.command({ commandId, missionId, actor, command });
    } catch (error) {
      // The run ended or was claimed anew in the meantime; its row says so by now.
      if (!isRefusal(error)) throw error;
    }
  }
}

/** Which service serves a role; a scrutiny is claimed by the validator, not by a service of its name. */
const servedBy = {
  orchestrator: 'orchestrator (agents)',
  worker: 'worker',
  scrutiny: 'validator',
  user_testing: 'validator',
  researcher: 'worker',
} as const;

function needsOf({
  role,
  task,
  labels,
  heldElsewhere,
}: Pick<UnclaimedRun, 'role' | 'task' | 'labels' | 'heldElsewhere'>): string {
  const wanted = labels.length === 0 ? '' : ` with the labels ${labels.join(', ')}`;
  const busy =
    heldElsewhere === 0
      ? 'no run of any mission is held right now'
      : `${String(heldElsewhere)} runs are held right now, perhaps in all the slots there are`;
  return `No ${servedBy[role]}${wanted} takes ${task} runs, or none has a free slot (${busy}). Look at \`missions status\`; start one, or raise runs.slots.`;
}
