import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission, ProposalState } from '../mission.state.ts';
import { nextApprovalId, openApprovals, openQuestions } from '../queries.ts';
import { delegate } from './delegation.ts';

/** From a goal to a plan that a person can approve. */
export function nextScoping(mission: Mission): readonly MissionEvent[] {
  const { proposal } = mission;
  if (!proposal || proposal.stage === 'returned') return nextDraft(mission);
  if (proposal.stage === 'closed')
    return delegate(mission, {
      role: 'scrutiny',
      task: 'baseline',
      subject: { round: proposal.revision },
      fromSha: baseSha(mission),
    });
  return proposal.stage === 'baselined' ? judgeBaseline(mission, proposal) : [];
}

function nextDraft(mission: Mission): readonly MissionEvent[] {
  const { scoping, limits, suppliedBrief } = mission;
  if (suppliedBrief ?? (scoping.ready || scoping.rounds >= limits.scopingRounds))
    return openQuestions(mission).length > 0 && suppliedBrief === undefined ? [] : nextPlan(mission);
  if (openQuestions(mission).length > 0) return [];
  return delegate(mission, {
    role: 'orchestrator',
    task: 'scope',
    subject: { round: scoping.rounds + 1 },
    fromSha: baseSha(mission),
  });
}

function nextPlan(mission: Mission): readonly MissionEvent[] {
  const rounds = mission.proposals - mission.proposalsForgiven;
  if (rounds < mission.limits.planRounds)
    return delegate(mission, {
      role: 'orchestrator',
      task: 'plan',
      subject: { round: mission.proposals + 1 },
      fromSha: baseSha(mission),
    });
  return [
    fact('MissionBlocked', {
      cause: 'contract_gap',
      detail:
        `No contract held after ${String(rounds)} plan rounds: ${(mission.proposal?.returnedBecause ?? []).join('; ')}`.slice(
          0,
          4000,
        ),
      needs: 'Send a message that says how it can be proved, then resume.',
    }),
  ];
}

function baseSha(mission: Mission): string {
  return mission.repository?.baseSha ?? '';
}

/** A proof that passes already proves nothing, and one that cannot run never will: both go back to planning. */
function judgeBaseline(mission: Mission, proposal: ProposalState): readonly MissionEvent[] {
  const reasons = proposal.assertions.flatMap(({ id, type }) => {
    const state = proposal.baseline[id];
    if (!state || state.result === 'cannot_run')
      return [`${id} cannot run: ${state?.observed ?? 'no result'}`];
    if (state.result === 'already_passes' && type !== 'non_regression')
      return [
        `${id} passes already on the untouched base, so it would prove nothing; mark it non_regression or ask for more`,
      ];
    if (state.result === 'fails_as_expected' && type === 'non_regression')
      return [`${id} is marked non_regression but fails on the untouched base: ${state.observed}`];
    return [];
  });
  if (reasons.length > 0)
    return [
      fact('PlanProposalReturned', {
        revision: proposal.revision,
        by: 'baseline',
        reasons: reasons.map((reason) => reason.slice(0, 4000)),
      }),
    ];
  return [
    fact('ApprovalRequested', {
      approvalId: nextApprovalId(mission),
      kind: 'plan',
      summary: `Plan ${String(proposal.revision)}: ${proposal.brief.title}`,
      hash: proposal.hash ?? '',
    }),
  ];
}

/** Who said beforehand that the plan needs no second look has approved it; the log says in which way. */
export function nextApproval(mission: Mission): readonly MissionEvent[] {
  const approval = openApprovals(mission).find(({ kind }) => kind === 'plan');
  const automatic = mission.acceptDefaults || mission.autonomy === 'autonomous';
  if (!approval || !automatic || !mission.proposal) return [];
  const by = mission.createdBy;
  return [
    fact('ApprovalDecided', { approvalId: approval.id, decision: 'approved', by }),
    fact('PlanApproved', {
      revision: mission.proposal.revision,
      hash: mission.proposal.hash ?? '',
      by,
      mode: mission.acceptDefaults ? 'accept_defaults' : 'autonomous',
    }),
  ];
}
