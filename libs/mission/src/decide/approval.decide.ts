import { fact, type MissionEvent } from '../events/index.ts';
import type { ApprovalState, FeatureState, Mission } from '../mission.state.ts';
import { isDone, openApprovals, openRun } from '../queries.ts';
import { refuse } from '../refusals.ts';
import { addedFeatures, checkDelta } from './delta.ts';
import { endIdleRun, requireOngoing, requirePerson, type Decisions } from './deciding.ts';
import { proposalDecisions } from './proposal.decide.ts';

export const approvalDecisions: Decisions<
  'DecideApproval' | 'WaiveAssertion' | 'SkipFeature' | 'RetryFeature'
> = {
  DecideApproval: (data, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const approval = mission.approvals[data.approvalId];
    if (approval?.decision?.decision === data.decision) return [];
    if (!approval || approval.decision)
      return refuse('UNKNOWN_APPROVAL', '', { approvalId: data.approvalId });
    if (approval.kind === 'plan') return decidePlan(data, approval, mission, context);
    const { approvalId, decision, reason } = data;
    const decided = fact('ApprovalDecided', {
      approvalId,
      decision,
      by,
      ...(reason !== undefined && { reason }),
    });
    const effects = decision === 'approved' ? approved(approval, mission, { by, at: context.at }) : [];
    return [decided, ...effects, ...unblocked(mission, approvalId, by)];
  },
  WaiveAssertion: ({ assertionId, reason }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const assertion = mission.assertions[assertionId];
    if (!assertion) return refuse('UNKNOWN_ASSERTION', '', { assertionId });
    if (assertion.waived?.reason === reason) return [];
    if (assertion.waived) refuse('ALREADY_WAIVED', '', { assertionId });
    return [
      fact('AssertionWaived', { assertionId, by, reason, at: context.at }),
      ...settledByWaiver(mission, { assertionId, by, reason }),
    ];
  },
  SkipFeature: ({ featureId, reason }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const feature = mission.features[featureId];
    if (!feature) return refuse('UNKNOWN_FEATURE', '', { featureId });
    if (feature.status === 'skipped') return [];
    const run = openRun(mission);
    const atWork = run?.subject.feature === featureId;
    if (isDone(feature) || (atWork && run.status === 'running'))
      refuse('FEATURE_NOT_OPEN', '', { featureId, status: feature.status });
    return [
      ...(atWork ? endIdleRun(mission, 'superseded', context.at) : []),
      fact('FeatureSkipped', { featureId, by, reason }),
      ...unblockedBy(feature, mission, by),
    ];
  },
  RetryFeature: ({ featureId, reason }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const feature = mission.features[featureId];
    if (!feature) return refuse('UNKNOWN_FEATURE', '', { featureId });
    if (feature.status !== 'blocked' && feature.status !== 'skipped')
      refuse('FEATURE_NOT_OPEN', '', { featureId, status: feature.status });
    return [
      fact('FeatureReopened', { featureId, reason: `${by}: ${reason}`.slice(0, 4000), attemptsReset: true }),
      ...unblockedBy(feature, mission, by),
    ];
  },
};

function decidePlan(
  { decision, reason }: { readonly decision: 'approved' | 'rejected'; readonly reason?: string | undefined },
  { hash }: ApprovalState,
  mission: Mission,
  context: Parameters<(typeof proposalDecisions)['ApprovePlan']>[2],
): readonly MissionEvent[] {
  return decision === 'approved'
    ? proposalDecisions.ApprovePlan({ hash }, mission, context)
    : proposalDecisions.RejectPlan({ reason: reason ?? 'Rejected without a reason.' }, mission, context);
}

function approved(
  approval: ApprovalState,
  mission: Mission,
  { by, at }: { readonly by: string; readonly at: string },
): readonly MissionEvent[] {
  if (approval.kind === 'waiver')
    return approval.assertionIds
      .filter((id) => mission.assertions[id]?.waived === undefined)
      .map((assertionId) => fact('AssertionWaived', { assertionId, by, reason: approval.summary, at }));
  checkDelta(mission, approval.planDelta, approval.contractDelta);
  const { contractDelta, planDelta } = approval;
  return [
    ...(contractDelta && contractDelta.assertions.length > 0
      ? [
          fact('ContractAmended', {
            number: mission.amendments + 1,
            approvalId: approval.id,
            assertions: contractDelta.assertions,
            by,
            reason: contractDelta.reason,
          }),
        ]
      : []),
    ...addedFeatures(mission, planDelta?.features ?? [], 'follow_up'),
  ];
}

/** What a person decided about the feature that blocked the mission takes the block away; about another it does not. */
function unblockedBy(feature: FeatureState, mission: Mission, by: string): readonly MissionEvent[] {
  const { block } = mission;
  if (!block || openApprovals(mission).length > 0 || !isBecauseOf(feature, block, mission)) return [];
  return [fact('MissionUnblocked', { by, cause: block.cause })];
}

function isBecauseOf(
  { status, definition }: FeatureState,
  { cause }: NonNullable<Mission['block']>,
  mission: Mission,
): boolean {
  if (cause === 'unknown' || cause === 'fix_limit') return status === 'blocked';
  // It is the open run whose claim is not granted.
  const isOfClaim = cause === 'lock_wait' || cause === 'lock_cycle';
  return isOfClaim && openRun(mission)?.subject.feature === definition.id;
}

function unblocked(mission: Mission, approvalId: string, by: string): readonly MissionEvent[] {
  const others = openApprovals(mission).filter(({ id }) => id !== approvalId);
  if (mission.block?.cause !== 'approval' || others.length > 0) return [];
  return [fact('MissionUnblocked', { by, cause: 'approval' })];
}

/**
 * What was held against a waived assertion is settled with it, so that nobody is asked to settle it again; when nothing
 * else is open, the mission goes on. A triage that is under way settles for itself.
 */
function settledByWaiver(
  mission: Mission,
  { assertionId, by, reason }: { readonly assertionId: string; readonly by: string; readonly reason: string },
): readonly MissionEvent[] {
  if (openRun(mission)?.task === 'triage') return [];
  const open = Object.values(mission.findings).filter(({ settled }) => settled === undefined);
  const answered = open.filter(
    ({ source, finding }) =>
      (source === 'failed_verdict' || source === 'inconclusive_verdict') &&
      finding.assertionIds.every((id) => id === assertionId || mission.assertions[id]?.waived),
  );
  const limit = mission.status === 'blocked' && mission.block?.cause === 'fix_limit';
  return [
    ...answered.map(({ id }) =>
      fact('FindingSettled', { findingId: id, choice: 'waive', justification: reason, decidedBy: by }),
    ),
    ...(limit && answered.length > 0 && answered.length === open.length
      ? [fact('MissionUnblocked', { by, cause: 'fix_limit' })]
      : []),
  ];
}
