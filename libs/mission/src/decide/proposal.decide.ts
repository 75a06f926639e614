import { approvalHash } from '../approval-hash.ts';
import type { ConclusionOf } from '../commands/index.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { checkTouches } from '../claimed-resources.ts';
import { checkProposal } from '../proposal-checks.ts';
import { openApprovals } from '../queries.ts';
import { refuse } from '../refusals.ts';
import { requireOngoing, requirePerson, type Decisions } from './deciding.ts';

export const proposalDecisions: Decisions<'ApprovePlan' | 'RejectPlan'> = {
  ApprovePlan: ({ hash }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    if (mission.approvedHash !== undefined && (hash === undefined || hash === mission.approvedHash))
      return [];
    const { approvalId, proposal } = awaitedPlan(mission);
    if (hash !== undefined && hash !== proposal.hash)
      refuse('STALE_APPROVAL', '', { read: hash, present: proposal.hash });
    return [
      fact('ApprovalDecided', { approvalId, decision: 'approved', by }),
      fact('PlanApproved', {
        revision: proposal.revision,
        hash: proposal.hash ?? '',
        by,
        mode: 'person',
      }),
    ];
  },
  RejectPlan: ({ reason }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const { stage, returnedBecause = [] } = mission.proposal ?? {};
    if (stage === 'returned' && returnedBecause.length === 1 && returnedBecause[0] === reason) return [];
    const { approvalId, proposal } = awaitedPlan(mission);
    return [
      fact('ApprovalDecided', { approvalId, decision: 'rejected', by, reason }),
      fact('PlanProposalReturned', { revision: proposal.revision, by: 'person', reasons: [reason] }),
    ];
  },
};

function awaitedPlan(mission: Mission): {
  readonly approvalId: string;
  readonly proposal: NonNullable<Mission['proposal']>;
} {
  const approval = openApprovals(mission).find(({ kind }) => kind === 'plan');
  if (!approval || mission.proposal?.stage !== 'baselined')
    return refuse('NOT_AWAITING_APPROVAL', '', { status: mission.status });
  return { approvalId: approval.id, proposal: mission.proposal };
}

/** A plan run has proposed: one append of many small events, closed by the hash an approval is bound to. */
export function concludeProposed(
  proposed: ConclusionOf<'proposed'>,
  mission: Mission,
): readonly MissionEvent[] {
  const problems = [...checkProposal(proposed), ...checkTouches(proposed.plan.features, mission)];
  if (problems.length > 0)
    refuse('PROPOSAL_INVALID', problems.map(({ where, what }) => `${where} ${what}`).join('; '), {
      problems,
    });
  const revision = mission.proposals + 1;
  const { brief, contract } = proposed;
  const { milestones, features, estimate, ...outline } = proposed.plan;
  const ordered = features.map((feature, index) => ({ ...feature, order: index + 1 }));
  const baseSha = mission.repository?.baseSha ?? '';
  const hash = approvalHash({
    brief,
    outline,
    milestones,
    features: ordered,
    assertions: contract.assertions,
    protected: contract.protected,
    baseSha,
  });
  return [
    fact('PlanProposalOpened', { revision, brief, outline, ...(estimate && { estimate }) }),
    ...milestones.map((milestone) => fact('PlanMilestoneProposed', { revision, milestone })),
    ...ordered.map((feature) => fact('PlanFeatureProposed', { revision, feature })),
    ...contract.assertions.map((assertion) => fact('ContractAssertionProposed', { revision, assertion })),
    fact('ProposalClosed', { revision, hash, baseSha, protected: contract.protected }),
  ];
}

/** The engine has executed every proof on the untouched base. */
export function concludeBaselined(
  { results }: ConclusionOf<'baselined'>,
  mission: Mission,
): readonly MissionEvent[] {
  const proposal = mission.proposal;
  const expected = new Set(proposal?.assertions.map(({ id }) => id));
  const given = results.map(({ assertionId }) => assertionId);
  const missing = [...expected].filter((id) => !given.includes(id));
  if (!proposal || missing.length > 0 || given.length !== expected.size)
    return refuse('BASELINE_INCOMPLETE', '', { missing });
  return results.map((result) =>
    fact('ContractAssertionBaselined', { revision: proposal.revision, ...result }),
  );
}
