import type { MissionEventType } from '@missions/mission';

/**
 * The name under which other systems see a fact. The table is closed over the mission's events, so that a new fact without
 * a public name does not compile; names are a product with versions and never change.
 */
export const publicEventNames = {
  MissionCreated: 'mission.created',
  MissionPaused: 'mission.paused',
  MissionResumed: 'mission.resumed',
  MissionBlocked: 'mission.blocked',
  MissionUnblocked: 'mission.unblocked',
  MissionCompleted: 'mission.completed',
  MissionFailed: 'mission.failed',
  MissionCancelled: 'mission.cancelled',
  ScopingQuestionAsked: 'scoping.question_asked',
  ScopingQuestionAnswered: 'scoping.question_answered',
  ScopingAssumptionMade: 'scoping.assumption_made',
  ScopingRoundClosed: 'scoping.round_closed',
  PlanProposalOpened: 'plan.proposal_opened',
  PlanMilestoneProposed: 'plan.milestone_proposed',
  PlanFeatureProposed: 'plan.feature_proposed',
  ContractAssertionProposed: 'contract.assertion_proposed',
  ProposalClosed: 'plan.proposal_closed',
  ContractAssertionBaselined: 'contract.assertion_baselined',
  PlanProposalReturned: 'plan.proposal_returned',
  PlanApproved: 'plan.approved',
  ContractAmended: 'contract.amended',
  ApprovalRequested: 'approval.requested',
  ApprovalDecided: 'approval.decided',
  RunDelegated: 'run.delegated',
  RunClaimed: 'run.claimed',
  RunReleased: 'run.released',
  RunSuspended: 'run.suspended',
  RunEnded: 'run.ended',
  RunStalled: 'run.stalled',
  RunRecovered: 'run.recovered',
  RunStopOrdered: 'run.stop_ordered',
  RunUnclaimed: 'run.unclaimed',
  RunWaiting: 'run.waiting',
  HandoffSubmitted: 'handoff.submitted',
  HandoffAccepted: 'handoff.accepted',
  FeatureAdded: 'feature.added',
  FeatureWaiting: 'feature.waiting',
  FeatureAccepted: 'feature.accepted',
  FeatureReopened: 'feature.reopened',
  FeatureBlocked: 'feature.blocked',
  FeatureSkipped: 'feature.skipped',
  FeatureCancelled: 'feature.cancelled',
  MilestoneStarted: 'milestone.started',
  MilestoneRolledBack: 'milestone.rolled_back',
  MilestoneValidationStarted: 'milestone.validation_started',
  MilestoneReportReceived: 'milestone.report_received',
  MilestonePassed: 'milestone.passed',
  AssertionJudged: 'assertion.judged',
  AssertionWaived: 'assertion.waived',
  FindingRaised: 'finding.raised',
  FindingSettled: 'finding.settled',
  NegotiationSettled: 'negotiation.settled',
  LockRequested: 'lock.requested',
  LockGranted: 'lock.granted',
  LockReleased: 'lock.released',
  LockLost: 'lock.lost',
  BroadcastPublished: 'broadcast.published',
  MessageReceived: 'message.received',
  MessageDelivered: 'message.delivered',
  MessageAnswered: 'message.answered',
  BudgetSliceGranted: 'budget.slice_granted',
  BudgetWarned: 'budget.warned',
  WallClockWarned: 'budget.wall_clock_warned',
  BudgetRaised: 'budget.raised',
} as const satisfies Record<MissionEventType, string>;

export type PublicEventName = (typeof publicEventNames)[MissionEventType];

/** The mission a stream belongs to, or undefined for a stream that is not a mission's. */
export function missionIdOfStream(stream: string): string | undefined {
  return stream.startsWith('mission-') ? stream.slice('mission-'.length) : undefined;
}
