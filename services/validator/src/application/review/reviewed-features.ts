import {
  rootFeatureId,
  startOfWork,
  type FeatureState,
  type Handoff,
  type Mission,
  type RunState,
} from '@missions/mission';
import type { ReviewedChange } from '@missions/runs';
import type { MissionRepository } from '@missions/workspace';

/** A feature whose work has changed since the round before, with every commit of the milestone that is charged to it. */
export interface ReviewedFeature {
  readonly feature: FeatureState;
  readonly changes: readonly ReviewedChange[];
}

/** Of one commit; a reviewer can read the files themselves. */
const maxPatchBytes = 60_000;

type History = Pick<MissionRepository, 'history' | 'diff' | 'baseSha'>;

/** The features that this round's reviewers look at, in the order of their handoffs; a fix belongs to its root. */
export async function reviewedFeatures(
  mission: Mission,
  run: Pick<RunState, 'subject'>,
  at: { readonly repository: History; readonly sha: string; readonly signal: AbortSignal },
): Promise<readonly ReviewedFeature[]> {
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  if (!milestone) return [];
  const handoffs = await handoffsBefore(mission, milestone.startSha, at);
  const fresh = mission.handoffs.slice(milestone.handoffsFrom, milestone.handoffsTo);
  const roots = new Set(fresh.map(({ featureId }) => rootFeatureId(mission, featureId)));
  const reviewed: ReviewedFeature[] = [];
  for (const id of roots) {
    const feature = mission.features[id];
    const own = handoffs.filter(({ featureId }) => rootFeatureId(mission, featureId) === id);
    if (feature && own.length > 0) reviewed.push({ feature, changes: await changesOf(own, at) });
  }
  return reviewed;
}

/** Handoffs whose commits lie between the milestone's start and the commit: what was rolled back is no part of the work. */
async function handoffsBefore(
  { handoffs }: Mission,
  startSha: string | undefined,
  { repository, sha, signal }: Parameters<typeof reviewedFeatures>[2],
): Promise<readonly Handoff[]> {
  const commits = await repository.history({ from: startSha ?? repository.baseSha, to: sha }, signal);
  const shas = new Set(commits.map((commit) => commit.sha));
  return handoffs.filter(
    ({ captured }) => shas.has(captured.headSha) && captured.headSha !== captured.baseSha,
  );
}

async function changesOf(
  handoffs: readonly Handoff[],
  { repository, signal }: Parameters<typeof reviewedFeatures>[2],
): Promise<readonly ReviewedChange[]> {
  return Promise.all(
    handoffs.map(async (handoff) => {
      const range = { from: startOfWork(handoff.captured), to: handoff.captured.headSha };
      const { patch, truncated } = await repository.diff({ ...range, maxPatchBytes }, signal);
      return { handoff, patch, truncated };
    }),
  );
}
