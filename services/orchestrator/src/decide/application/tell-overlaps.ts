import type { MissionCommandRequest } from '@missions/contracts';
import { isRefusal, type EventEnvelope } from '@missions/kernel';
import { branchResource, missionEventSchemas, type Mission, type Repository } from '@missions/mission';

export interface TellOverlapsParts {
  readonly mission: (missionId: string) => Promise<Mission>;
  /** Ids of the missions of a repository's branch that have a run, waiting or at work. */
  readonly atWork: (repository: Repository) => Promise<readonly string[]>;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
}

const maxPaths = 200;

/**
 * Tells two missions of one repository and base branch that they changed the same files, where nothing keeps them apart: at
 * least one of them is isolated. Looked at whenever work is accepted: what both changed of its files.
 */
export class TellOverlaps {
  constructor(private readonly parts: TellOverlapsParts) {}

  concerns({ stream, type }: EventEnvelope): boolean {
    return type === 'HandoffAccepted' && stream.startsWith('mission-');
  }

  async follow(event: EventEnvelope): Promise<void> {
    const { featureId, runId } = missionEventSchemas.HandoffAccepted.parse(event.data);
    const mission = await this.parts.mission(event.stream.slice('mission-'.length));
    if (!mission.repository) return;
    const changed = mission.features[featureId]?.filesChanged ?? [];
    for (const missionId of await this.parts.atWork(mission.repository)) {
      if (missionId === mission.id) continue;
      const other = await this.parts.mission(missionId);
      if (!isUnguarded(mission, other)) continue;
      const theirs = filesChanged(other);
      const paths = changed.filter((path) => theirs.has(path));
      if (paths.length === 0) continue;
      await this.tell(mission.id, { otherId: other.id, paths, runId });
      await this.tell(other.id, { otherId: mission.id, paths, runId });
    }
  }

  private async tell(missionId: string, { otherId, paths, runId }: Overlap): Promise<void> {
    const data = { otherId, paths: paths.slice(0, maxPaths), more: paths.length > maxPaths };
    const commandId = `overlap/${missionId}/${otherId}/${runId}`;
    const actor = { kind: 'service', id: 'decide' } as const;
    await this.parts
      .command({ commandId, missionId, actor, command: { type: 'RecordOverlap', data } })
      .catch(ignoreRefusal);
  }
}

interface Overlap {
  readonly otherId: string;
  readonly paths: readonly string[];
  /** Whose accepted work showed it. */
  readonly runId: string;
}

/** Missions of one branch that both lock what they touch keep each other apart, and see each other's work. */
function isUnguarded(one: Mission, other: Mission): boolean {
  if (!one.repository || !other.repository) return false;
  if (one.integration === 'shared' && other.integration === 'shared') return false;
  return branchResource(one.repository) === branchResource(other.repository);
}

function filesChanged({ features }: Mission): ReadonlySet<string> {
  const accepted = Object.values(features).filter(({ status }) => status === 'accepted');
  return new Set(accepted.flatMap(({ filesChanged }) => filesChanged));
}

/** One of the two has ended meanwhile: nobody is left to be told. */
function ignoreRefusal(error: unknown): void {
  if (!isRefusal(error)) throw error;
}
