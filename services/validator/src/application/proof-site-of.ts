import type { Mission, RunState } from '@missions/mission';
import { openMissionStore, projectHead, type ClaimedRun } from '@missions/runs';
import { prepareDependencies, setupLimitMs, type Surroundings } from '@missions/runtime';
import type { MissionRepository } from '@missions/workspace';
import type { ProofSite } from '../proof/index.ts';

/** The commit a validator's run is about, and all that its clean rooms are made of. */
export async function proofSiteOf(
  claimed: ClaimedRun,
  surroundings: Surroundings,
): Promise<ProofSite & { readonly repository: MissionRepository }> {
  const { host, mission, run, workSignal: signal } = claimed;
  const repository = await openMissionStore(
    { repositories: surroundings.repositories, artifacts: host.artifacts },
    mission,
    signal,
  );
  // After the last feature nobody else would: a worker that died between its handoff and the branch left it behind.
  await projectHead(repository, mission, (error) => {
    host.log.warn({ err: error, missionId: mission.id }, 'The branch in the source repository was not moved');
  });
  const sha = run.fromSha ?? repository.baseSha;
  const { contractProtected, services, setup } = contractOf(mission, run);
  if (setup !== undefined) claimed.held.show({ lastLine: setup.slice(0, 120), quietMs: setupLimitMs });
  const layer =
    setup === undefined
      ? undefined
      : await prepareDependencies(surroundings, { command: setup, repository, sha, signal });
  return {
    repository,
    sha,
    baseSha: repository.baseSha,
    contractProtected,
    touches: Object.values(mission.features).flatMap(({ definition }) => definition.touches),
    services,
    signal,
    ...(layer && { layer }),
  };
}

/** A baseline is taken of the proposal; everything later is held against what was approved. */
function contractOf(mission: Mission, run: RunState) {
  const proposal = run.task === 'baseline' ? mission.proposal : undefined;
  return {
    contractProtected: proposal?.protected ?? mission.protected,
    services: (proposal?.outline ?? mission.outline)?.services ?? [],
    setup: (proposal?.brief ?? mission.brief)?.environment.setup,
  };
}
