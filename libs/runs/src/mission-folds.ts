import type { StreamReader } from '@missions/event-store';
import { fold } from '@missions/kernel';
import { evolve, initialMission, missionStream, type Mission } from '@missions/mission';

const maxKept = 500;

/** Missions as the log says they are, each folded once and then only brought up to date. */
export class MissionFolds {
  private readonly kept = new Map<string, Mission>();

  constructor(private readonly reader: StreamReader) {}

  /** The mission at its newest version; one that does not exist has version 0. */
  async load(missionId: string, reader: StreamReader = this.reader): Promise<Mission> {
    const known = this.kept.get(missionId) ?? initialMission;
    const events = await reader.read(missionStream(missionId), { after: known.version });
    const mission = fold(evolve, known, events);
    if (events.length > 0) this.keep(missionId, mission);
    return mission;
  }

  /** The mission as it was seen here last; the log may be ahead of it. */
  known(missionId: string): Mission | undefined {
    return this.kept.get(missionId);
  }

  /** The mission as it was at a version, folded from the beginning. */
  async loadAt(missionId: string, version: number): Promise<Mission> {
    const events = await this.reader.read(missionStream(missionId), { limit: version });
    return fold(evolve, initialMission, events);
  }

  /** Takes a fold whose events have committed; an older one than is known changes nothing. */
  keep(missionId: string, mission: Mission): void {
    const known = this.kept.get(missionId);
    if (known && known.version > mission.version) return;
    this.kept.delete(missionId);
    this.kept.set(missionId, mission);
    const oldest = this.kept.keys().next();
    if (this.kept.size > maxKept && oldest.done !== true) this.kept.delete(oldest.value);
  }
}
