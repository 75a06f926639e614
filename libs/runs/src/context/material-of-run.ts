import { featuresOf, rootFeatureId, type FeatureState, type Mission, type RunState } from '@missions/mission';
import type { ClaimedRun } from '../claimed-run.ts';
import type { CommitSource } from './commit-files.ts';
import { readRepositoryMaterial, type RepositoryMaterial } from './repository-material.ts';

/** What a run is told of the repository, at the commit it starts from. */
export function materialOfRun(
  { mission, run, workSignal }: Pick<ClaimedRun, 'mission' | 'run' | 'workSignal'>,
  at: { readonly source: CommitSource; readonly sha: string },
): Promise<RepositoryMaterial> {
  const skill = run.task === 'build' ? featureOf(mission, run)?.definition.skill : undefined;
  return readRepositoryMaterial({ ...at, touches: touchedPaths(mission, run), skill }, workSignal);
}

/** Where the run is expected to work or to look, as far as plan and log know. */
export function touchedPaths(mission: Mission, run: Pick<RunState, 'task' | 'subject'>): readonly string[] {
  return concerned(mission, run).flatMap(({ definition, filesChanged }) => [
    ...definition.touches,
    ...filesChanged,
  ]);
}

function concerned(mission: Mission, run: Pick<RunState, 'task' | 'subject'>): readonly FeatureState[] {
  if (run.task === 'validate') return featuresOf(mission, run.subject.milestone ?? '');
  if (run.task !== 'build') return [];
  const own = featureOf(mission, run);
  const root = own && mission.features[rootFeatureId(mission, own.definition.id)];
  return [own, root === own ? undefined : root].filter((feature) => feature !== undefined);
}

function featureOf({ features }: Mission, { subject }: Pick<RunState, 'subject'>): FeatureState | undefined {
  return features[subject.feature ?? ''];
}
