import type {
  Mission,
  MilestoneState,
  MissionStatus,
  FeatureState,
  AssertionState,
  ProposalState,
} from '../mission.state.ts';
import { contractDiff } from '../contract-diff.ts';
import type { FeatureDefinition, MilestoneDefinition } from '../plan.ts';
import { changed, without } from './fields.ts';
import type { Evolvers } from './mission.evolve.ts';

export const planningEvolvers: Evolvers<
  | 'ScopingQuestionAsked'
  | 'ScopingQuestionAnswered'
  | 'ScopingAssumptionMade'
  | 'ScopingRoundClosed'
  | 'PlanProposalOpened'
  | 'PlanMilestoneProposed'
  | 'PlanFeatureProposed'
  | 'ContractAssertionProposed'
  | 'ProposalClosed'
  | 'ContractAssertionBaselined'
  | 'PlanProposalReturned'
  | 'PlanApproved'
  | 'ContractAmended'
  | 'ApprovalRequested'
  | 'ApprovalDecided'
> = {
  ScopingQuestionAsked: (mission, { question, round }) =>
    scoping(mission, { questions: { ...mission.scoping.questions, [question.id]: { question, round } } }),
  ScopingQuestionAnswered: (mission, { questionId, value, by, at }) =>
    scoping(mission, {
      questions: changed(mission.scoping.questions, questionId, (state) => ({
        ...without(state, 'assumption'),
        answer: { value, by, at },
      })),
    }),
  ScopingAssumptionMade: (mission, { questionId, assumption }) =>
    scoping(mission, {
      questions: changed(mission.scoping.questions, questionId, (state) => ({
        ...state,
        assumption: assumption.text,
      })),
    }),
  ScopingRoundClosed: (mission, { round, ready, brief }) =>
    scoping(mission, { rounds: round, ready, ...(brief && { brief }) }),
  PlanProposalOpened: (mission, { revision, brief, outline, estimate }) => ({
    ...mission,
    proposals: revision,
    proposal: {
      revision,
      brief,
      outline,
      milestones: [],
      features: [],
      assertions: [],
      protected: [],
      ...(estimate && { estimate }),
      stage: 'open',
      baseline: {},
    },
  }),
  PlanMilestoneProposed: (mission, { milestone }) =>
    proposal(mission, (state) => ({ milestones: [...state.milestones, milestone] })),
  PlanFeatureProposed: (mission, { feature }) =>
    proposal(mission, (state) => ({ features: [...state.features, feature] })),
  ContractAssertionProposed: (mission, { assertion }) =>
    proposal(mission, (state) => ({ assertions: [...state.assertions, assertion] })),
  ProposalClosed: (mission, data) =>
    proposal(mission, () => ({ stage: 'closed', hash: data.hash, protected: data.protected })),
  ContractAssertionBaselined: (mission, { assertionId, amendment, result, observed }) =>
    amendment === undefined
      ? proposal(mission, (state) => ({
          stage: 'baselined',
          baseline: { ...state.baseline, [assertionId]: { result, observed } },
        }))
      : {
          ...mission,
          assertions: changed(mission.assertions, assertionId, (state) => ({ ...state, baseline: result })),
        },
  PlanProposalReturned: (mission, { revision, by, reasons }) => ({
    ...proposal(mission, () => ({ stage: 'returned', returnedBecause: reasons })),
    proposalsForgiven: by === 'person' ? revision : mission.proposalsForgiven,
    status: insteadOfApproval(mission.status, 'scoping'),
    resumesTo: insteadOfApproval(mission.resumesTo, 'scoping'),
  }),
  PlanApproved: (mission, { hash }) => approve(mission, hash),
  // A proof that is worded anew has proven nothing yet, neither on the base nor since.
  ContractAmended: (mission, { number, approvalId, by, reason, assertions }) => ({
    ...mission,
    amendments: number,
    amended: [
      ...(mission.amended ?? []),
      { number, approvalId, by, reason, changes: contractDiff(mission.assertions, assertions) },
    ],
    assertions: {
      ...mission.assertions,
      ...Object.fromEntries(
        assertions.map((definition) => [
          definition.id,
          { definition, baseline: 'not_run', history: [] } satisfies AssertionState,
        ]),
      ),
    },
  }),
  ApprovalRequested: (mission, data) => ({
    ...mission,
    status: data.kind === 'plan' && mission.status === 'scoping' ? 'awaiting_approval' : mission.status,
    approvals: {
      ...mission.approvals,
      [data.approvalId]: {
        id: data.approvalId,
        kind: data.kind,
        summary: data.summary,
        ...(data.hash !== undefined && { hash: data.hash }),
        assertionIds: data.assertionIds ?? [],
        ...(data.findingIds && { findingIds: data.findingIds }),
        ...(data.planDelta && { planDelta: data.planDelta }),
        ...(data.contractDelta && { contractDelta: data.contractDelta }),
      },
    },
  }),
  ApprovalDecided: (mission, { approvalId, decision, by, reason }) => ({
    ...mission,
    // What a person does not let stand is open again.
    findings: (decision === 'rejected' ? (mission.approvals[approvalId]?.findingIds ?? []) : []).reduce(
      (findings, id) => changed(findings, id, (state) => without(state, 'settled')),
      mission.findings,
    ),
    approvals: changed(mission.approvals, approvalId, (state) => ({
      ...state,
      decision: { decision, by, ...(reason !== undefined && { reason }) },
    })),
  }),
};

function scoping(mission: Mission, change: Partial<Mission['scoping']>): Mission {
  return { ...mission, scoping: { ...mission.scoping, ...change } };
}

function proposal(mission: Mission, change: (state: ProposalState) => Partial<ProposalState>): Mission {
  if (!mission.proposal) return mission;
  return { ...mission, proposal: { ...mission.proposal, ...change(mission.proposal) } };
}

/** A mission that is paused or blocked while its plan waits stays so, and goes on from the new state afterwards. */
function insteadOfApproval(status: MissionStatus, next: MissionStatus): MissionStatus {
  return status === 'awaiting_approval' ? next : status;
}

function approve(mission: Mission, hash: string): Mission {
  const proposed = mission.proposal;
  if (!proposed) return mission;
  return {
    ...mission,
    status: insteadOfApproval(mission.status, 'running'),
    resumesTo: 'running',
    approvedHash: hash,
    proposal: { ...proposed, stage: 'approved' },
    brief: proposed.brief,
    outline: proposed.outline,
    protected: proposed.protected,
    milestones: Object.fromEntries(
      proposed.milestones.map((definition) => [definition.id, newMilestone(definition)]),
    ),
    features: Object.fromEntries(
      proposed.features.map((definition) => [definition.id, newFeature(definition)]),
    ),
    assertions: Object.fromEntries(
      proposed.assertions.map((definition) => [
        definition.id,
        { definition, baseline: proposed.baseline[definition.id]?.result ?? 'not_run', history: [] },
      ]),
    ),
  };
}

export function newFeature(definition: FeatureDefinition): FeatureState {
  return {
    definition,
    status: 'pending',
    attempts: 0,
    attemptsForgiven: 0,
    fixesCharged: 0,
    filesChanged: [],
  };
}

function newMilestone(definition: MilestoneDefinition): MilestoneState {
  return {
    definition,
    status: 'pending',
    round: 0,
    fixRounds: 0,
    fixRoundsGranted: 0,
    final: false,
    inScope: [],
    reported: [],
    findings: [],
    engineFindings: [],
    handoffsFrom: 0,
    handoffsTo: 0,
  };
}
