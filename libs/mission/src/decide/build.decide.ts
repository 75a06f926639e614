import type { ConclusionOf } from '../commands/index.ts';
import { claimedResources, grantedResources } from '../claimed-resources.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { Handoff } from '../handoff.ts';
import type { FeatureState, Mission, RunState } from '../mission.state.ts';
import { refuse } from '../refusals.ts';
import { reopenOrBlock } from './failure.ts';

/** A build run hands off. What it claims is kept as a claim; only the captured part moves the mission's head. */
export function concludeHandedOff(
  conclusion: ConclusionOf<'handed_off'>,
  run: RunState,
  mission: Mission,
): { readonly handoff: readonly MissionEvent[]; readonly consequences: readonly MissionEvent[] } {
  const feature = mission.features[run.subject.feature ?? ''];
  if (!feature) return refuse('UNKNOWN_FEATURE', '', { featureId: run.subject.feature });
  const { claim, captured } = conclusion;
  const handoff: Handoff = {
    featureId: feature.definition.id,
    runId: run.id,
    attempt: run.attempt,
    claim,
    captured,
  };
  const submitted = fact('HandoffSubmitted', { handoff });
  if (claim.outcome !== 'success')
    return { handoff: [submitted], consequences: reopened(feature, mission, claim) };
  requireShare(feature, run, mission);
  requireDiff(feature, captured, mission);
  return {
    handoff: [
      submitted,
      fact('HandoffAccepted', {
        runId: run.id,
        featureId: feature.definition.id,
        headSha: captured.headSha,
        token: run.token,
      }),
    ],
    consequences: [fact('FeatureAccepted', { featureId: feature.definition.id, runId: run.id })],
  };
}

/** Nobody's work is accepted on files that somebody else may be changing at the same time. */
function requireShare({ definition }: FeatureState, run: RunState, mission: Mission): void {
  if (mission.integration !== 'shared' || claimedResources(mission, definition).length === 0) return;
  if (grantedResources(run).length === 0) refuse('LOCK_LOST', '', { runId: run.id });
}

function requireDiff({ definition }: FeatureState, captured: Handoff['captured'], mission: Mission): void {
  if (captured.baseSha !== mission.head?.sha)
    refuse('WRONG_CONCLUSION', 'The work does not start from the last accepted commit.', {
      base: captured.baseSha,
      head: mission.head?.sha,
    });
  const empty = captured.filesChanged.length === 0 || captured.headSha === captured.baseSha;
  if (empty && definition.mayBeEmpty !== true) refuse('EMPTY_HANDOFF', '', { featureId: definition.id });
}

function reopened(feature: FeatureState, mission: Mission, claim: Handoff['claim']): readonly MissionEvent[] {
  const why = claim.returnToOrchestrator?.reason ?? claim.salientSummary;
  return reopenOrBlock(feature, mission, { reason: `${claim.outcome}: ${why}`.slice(0, 4000) });
}
