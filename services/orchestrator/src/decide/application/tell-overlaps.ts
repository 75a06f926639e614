import type { MissionCommandRequest } from '@missions/contracts';
import { isRefusal, type EventEnvelope } from '@missions/kernel';
import { branchResource, missionEventSchemas, type Mission, type Repository } from '@missions/mission';

export interface TellOverlapsParts {
  readonly mission: (missionId: string) => Promise<Mission>;
  /** Ids of the missions of a repository's branch that have a run, waiting or at work. */
  readonly atWork: (repository: Repository) => Promise<readonly string[]>;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
}

const maxPaths = 20;

/**
 * Tells two missions of one repository and base branch that they changed the same files, where nothing keeps them apart: at
 * least one of them is isolated. Looked at whenever work is accepted; once for a pair of features.
 */
export class TellOverlaps {
  constructor(private readonly parts: TellOverlapsParts) {}

  concerns({ stream, type }: EventEnvelope): boolean {
    return type === 'HandoffAccepted' && stream.startsWith('mission-');
  }

  async follow(event: EventEnvelope): Promise<void> {
    const { featureId } = missionEventSchemas.HandoffAccepted.parse(event.data);
    const mission = await this.parts.mission(event.stream.slice('mission-'.length));
    if (!mission.repository) return;
    for (const missionId of await this.parts.atWork(mission.repository)) {
      if (missionId === mission.id) continue;
      const other = await this.parts.mission(missionId);
      if (!isUnguarded(mission, other)) continue;
      for (const otherId of changingFeatures(other))
        await this.compare([mission, featureId], [other, otherId]);
    }
  }

  private async compare(
    ...pair: readonly [readonly [Mission, string], readonly [Mission, string]]
  ): Promise<void> {
    const [[one, oneId], [two, twoId]] = pair;
    const theirs = new Set(two.features[twoId]?.filesChanged);
    const paths = (one.features[oneId]?.filesChanged ?? []).filter((path) => theirs.has(path));
    if (paths.length === 0) return;
    await this.tell(one.id, { featureId: oneId, other: { missionId: two.id, featureId: twoId }, paths });
    await this.tell(two.id, { featureId: twoId, other: { missionId: one.id, featureId: oneId }, paths });
  }

  private async tell(missionId: string, { paths, featureId, other }: Overlap): Promise<void> {
    const more = Math.max(0, paths.length - maxPaths);
    const data = { featureId, other, paths: paths.slice(0, maxPaths), more };
    const commandId = `overlap/${missionId}/${featureId}/${other.missionId}/${other.featureId}`;
    const actor = { kind: 'service', id: 'decide' } as const;
    await this.parts
      .command({ commandId, missionId, actor, command: { type: 'RecordOverlap', data } })
      .catch(ignoreRefusal);
  }
}

interface Overlap {
  readonly featureId: string;
  readonly other: { readonly missionId: string; readonly featureId: string };
  readonly paths: readonly string[];
}

/** Missions of one branch that both lock what they touch keep each other apart, and see each other's work. */
function isUnguarded(one: Mission, other: Mission): boolean {
  if (!one.repository || !other.repository) return false;
  if (one.integration === 'shared' && other.integration === 'shared') return false;
  return branchResource(one.repository) === branchResource(other.repository);
}

function changingFeatures({ features }: Mission): readonly string[] {
  return Object.values(features)
    .filter(({ status, filesChanged }) => status === 'accepted' && filesChanged.length > 0)
    .map(({ definition }) => definition.id);
}

/** One of the two has ended meanwhile: nobody is left to be told. */
function ignoreRefusal(error: unknown): void {
  if (!isRefusal(error)) throw error;
}
