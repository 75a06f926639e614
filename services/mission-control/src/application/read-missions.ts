import type { LiveRuns, MissionCard } from '@missions/contracts';
import type { StreamReader } from '@missions/event-store';
import { DomainError } from '@missions/kernel';
import {
  chronicleOf,
  missionStream,
  openApprovals,
  openRun,
  type ApprovalState,
  type Chronicle,
  type Mission,
} from '@missions/mission';
import type { MissionFolds } from '@missions/runs';
import type { LiveValues } from '../ports/live-values.ts';
import type { MissionCards } from '../ports/mission-cards.ts';

export interface ReadMissionsParts {
  readonly store: StreamReader;
  readonly folds: MissionFolds;
  readonly cards: MissionCards;
  readonly live: LiveValues;
  /** A run that was not renewed for so long is shown as stale. */
  readonly staleAfterMs: number;
}

/** Missions as the log says they are, now or at a version, with live values beside them. */
export class ReadMissions {
  constructor(private readonly parts: ReadMissionsParts) {}

  /** Refuses with `MISSION_NOT_FOUND`, or `VERSION_NOT_FOUND` for a version the mission has not reached. */
  async mission(missionId: string, version?: number): Promise<Mission> {
    const { folds } = this.parts;
    const mission =
      version === undefined ? await folds.load(missionId) : await folds.loadAt(missionId, version);
    if (mission.id === '')
      throw new DomainError(
        'MISSION_NOT_FOUND',
        `There is no mission ${missionId}; missions list shows all.`,
        {
          missionId,
        },
      );
    if (version !== undefined && mission.version < version)
      throw new DomainError(
        'VERSION_NOT_FOUND',
        `${missionId} is at ${String(mission.version)}, not yet at ${String(version)}.`,
        {
          missionId,
          version: mission.version,
        },
      );
    return mission;
  }

  /** The mission with the past that its fold forgets; refuses as `mission` does. */
  async chronicle(missionId: string, version?: number): Promise<Chronicle> {
    const { version: known } = await this.mission(missionId, version);
    return chronicleOf(await this.parts.store.read(missionStream(missionId), { limit: known }));
  }

  /** Undefined when there is no such mission. */
  async find(missionId: string): Promise<Mission | undefined> {
    const mission = await this.parts.folds.load(missionId);
    return mission.id === '' ? undefined : mission;
  }

  /** Live values belong to the present: a mission of the past has none. */
  live(missionId: string, version?: number): Promise<LiveRuns> {
    return version === undefined ? this.parts.live.runs(missionId) : Promise.resolve(new Map());
  }

  async cards(): Promise<readonly MissionCard[]> {
    const cards = await this.parts.cards.all();
    // What was told of an owner that is no mission made a card before it was refused.
    return cards.filter(({ id }) => id !== '');
  }

  /** What waits for a decision, over all missions. */
  async approvals(): Promise<
    readonly { readonly mission: Mission; readonly open: readonly ApprovalState[] }[]
  > {
    const cards = await this.parts.cards.all();
    const waiting = cards.filter((card) => card.openApprovals > 0);
    return Promise.all(
      waiting.map(async ({ id }) => {
        const mission = await this.mission(id);
        return { mission, open: openApprovals(mission) };
      }),
    );
  }

  isStale(mission: Mission, live: LiveRuns, now: Date): boolean {
    const run = openRun(mission);
    const renewedAt = run?.status === 'running' ? live.get(run.id)?.renewedAt : undefined;
    return renewedAt !== undefined && now.getTime() - Date.parse(renewedAt) > this.parts.staleAfterMs;
  }
}
