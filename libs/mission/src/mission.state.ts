import type { AskState } from './ask.ts';
import type { Autonomy, BriefDraft, BriefSketch, BudgetLimits, MissionLimits, Repository } from './brief.ts';
import type { BroadcastDraft, Overlap } from './broadcast.ts';
import type { ById } from './by-id.ts';
import type { FindingDraft } from './finding.ts';
import type { Handoff } from './handoff.ts';
import type { Change, Integration, Stance } from './integration.ts';
import type { Estimate, FeatureDefinition, MilestoneDefinition, PlanOutline, ToFinish } from './plan.ts';
import type {
  BlockCause,
  Checkpoint,
  HelperUsage,
  LostCalls,
  ModelUsage,
  Role,
  RunCause,
  Subject,
  Task,
  Usage,
} from './run.ts';
import type { Question } from './scoping.ts';
import type { Assertion, BaselineResult } from './validation-contract.ts';
import type { WaitingFor } from './waiting.ts';
import type { Amendment, ApprovalState, AssertionState, FindingState } from './validation.state.ts';

export type { ById } from './by-id.ts';
export type * from './validation.state.ts';

export type MissionStatus =
  | 'draft'
  | 'scoping'
  | 'awaiting_approval'
  | 'running'
  | 'paused'
  | 'blocked'
  | 'completed'
  | 'failed'
  | 'cancelled';

export interface QuestionState {
  readonly question: Question;
  readonly round: number;
  readonly answer?: { readonly value: string; readonly by: string; readonly at: string };
  readonly assumption?: string;
}

export interface ProposalState {
  readonly revision: number;
  readonly brief: BriefDraft;
  readonly outline: PlanOutline;
  readonly milestones: readonly MilestoneDefinition[];
  readonly features: readonly FeatureDefinition[];
  readonly assertions: readonly Assertion[];
  readonly protected: readonly string[];
  /** The planner's own numbers; no part of what is approved. */
  readonly estimate?: Estimate;
  readonly stage: 'open' | 'closed' | 'baselined' | 'returned' | 'approved';
  readonly hash?: string;
  readonly returnedBecause?: readonly string[];
  readonly baseline: ById<{ readonly result: BaselineResult; readonly observed: string }>;
}

export type FeatureStatus =
  | 'pending'
  | 'waiting'
  | 'delegated'
  | 'handed_off'
  | 'accepted'
  | 'reopened'
  | 'blocked'
  | 'cancelled'
  | 'skipped';

export interface FeatureState {
  readonly definition: FeatureDefinition;
  readonly status: FeatureStatus;
  /** Runs with fresh context so far; a takeover is the same attempt. */
  readonly attempts: number;
  /** Attempts made before the budget was reset by a person. */
  readonly attemptsForgiven: number;
  /** How often its runs gave back what they held, unfinished, because another mission was promised it. */
  readonly handOvers?: number;
  readonly fixesCharged: number;
  /** Fixes charged before a person allowed one more. */
  readonly fixesForgiven?: number;
  /** What build runs that have ended used: its own, and those of the fixes that are charged to it. */
  readonly charged?: Usage;
  /** Minutes these runs were held. */
  readonly chargedMin?: number;
  readonly headSha?: string;
  readonly filesChanged: readonly string[];
  readonly checkpoint?: Checkpoint;
  /** What a run of it asked for beside its claim, and could only have had from its beginning. */
  readonly alsoTouches?: readonly string[];
  readonly waitingFor?: WaitingFor;
  readonly reason?: string;
}

export interface MilestoneState {
  readonly definition: MilestoneDefinition;
  readonly status: 'pending' | 'building' | 'validating' | 'triaging' | 'passed';
  /** Validation rounds started. */
  readonly round: number;
  /** Rounds of fixing settled so far, and how many more a person allowed. */
  readonly fixRounds: number;
  readonly fixRoundsGranted: number;
  readonly final: boolean;
  readonly targetSha?: string;
  readonly inScope: readonly string[];
  readonly reported: readonly ('scrutiny' | 'user_testing' | 'engine')[];
  /** Of its validators' reports in this round. */
  readonly findings: readonly FindingDraft[];
  /** Of the engine's own rules and checks in this round. */
  readonly engineFindings: readonly FindingDraft[];
  /** Handoffs made since the round before: index of the first, and one past the last. */
  readonly handoffsFrom: number;
  readonly handoffsTo: number;
  readonly passedSha?: string;
  /** The head before the milestone's first feature, to which a roll back returns. */
  readonly startSha?: string;
}

export type RunStatus =
  'queued' | 'running' | 'suspended' | 'released' | 'handed_off' | 'failed' | 'cancelled' | 'superseded';

export interface RunState {
  readonly id: string;
  readonly role: Role;
  readonly task: Task;
  readonly subject: Subject;
  readonly attempt: number;
  readonly status: RunStatus;
  /** Version of the newest `RunClaimed`; 0 before the first claim. */
  readonly token: number;
  readonly holder?: string;
  readonly model?: string;
  readonly claims: number;
  readonly releases: number;
  readonly sliceUsd: number;
  readonly fromSha?: string;
  readonly checkpoint?: Checkpoint;
  readonly broadcastVersions: readonly number[];
  readonly cause?: RunCause;
  readonly detail?: string;
  readonly usage?: Usage;
  /** Without its helpers, where it had some. */
  readonly own?: Usage;
  /** That by model, where there was more than one. */
  readonly models?: readonly ModelUsage[];
  readonly helpers?: readonly HelperUsage[];
  readonly lost?: LostCalls;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** When its present holder claimed it. */
  readonly heldSince?: string;
  /** How long it was held by holders before. */
  readonly heldMs?: number;
  readonly lock?: {
    readonly claimId: string;
    readonly granted: boolean;
    readonly resources: readonly string[];
    /** Set of a claim that was made ahead: it belongs to the feature, also in its ledger. */
    readonly featureId?: string;
    /** Work of other missions in what was granted, that the run starts from besides its own. */
    readonly changedBy?: readonly Change[];
    /** What it waits for, as far as it was said. */
    readonly waitingFor?: WaitingFor;
  };
  /** Since when it waited before it last let somebody through, and waits on. */
  readonly waitsSinceAt?: string;
  /** What its agent asked for beside that; given back with it. */
  readonly asks?: readonly AskState[];
  /** Its holder is alive, but nothing has moved for too long. */
  readonly stalled?: { readonly sinceAt: string; readonly limitMs: number; readonly lastLine?: string };
  /** Why its holder was told to stop. */
  readonly stopOrdered?: 'stall' | 'lock_lost' | 'hand_over';
  /** Nobody has claimed it for too long. */
  readonly unclaimed?: { readonly sinceAt: string; readonly needs: string };
}

/** A claim without a run, for a feature that is not delegated yet; its run takes it over as it stands. */
export interface AheadClaim {
  readonly claimId: string;
  readonly featureId: string;
  readonly resources: readonly string[];
  readonly granted: boolean;
  readonly changedBy?: readonly Change[];
}

export interface MessageState {
  readonly id: string;
  readonly text: string;
  readonly interrupt: boolean;
  readonly by: string;
  readonly at: string;
  readonly deliveredTo?: string;
  /** The turn of that run which it enters. */
  readonly deliveredTurn?: number;
  /** The run that ended early because of it. */
  readonly interrupted?: string;
  readonly answeredBy?: string;
  readonly answer?: string;
}

export interface BroadcastState {
  readonly version: number;
  readonly by: string;
  readonly broadcast: BroadcastDraft;
  readonly overlap?: Overlap;
}

/** The whole mission as one value: the fold of its stream. */
export interface Mission {
  /** Events folded so far, equal to the version of the last one. */
  readonly version: number;
  readonly id: string;
  readonly goal: string;
  readonly status: MissionStatus;
  /** What a paused or blocked mission goes back to; one that is paused while it is blocked goes back to its block first. */
  readonly resumesTo: MissionStatus;
  readonly block?: {
    readonly cause: BlockCause;
    readonly detail: string;
    readonly needs: string;
    readonly toFinish?: ToFinish;
    /** Of cause lock_wait: the claim that keeps its place in the queue meanwhile. */
    readonly claimId?: string;
  };
  readonly repository?: Repository;
  readonly autonomy: Autonomy;
  readonly budget: BudgetLimits & {
    readonly settledUsd: number;
    readonly warned: readonly number[];
    readonly warnedTime?: readonly number[];
  };
  readonly limits: MissionLimits;
  readonly integration: Integration;
  readonly stance: Stance;
  readonly priority: number;
  readonly suppliedBrief?: BriefDraft;
  readonly acceptDefaults: boolean;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly scoping: {
    readonly rounds: number;
    readonly ready: boolean;
    readonly questions: ById<QuestionState>;
    readonly brief?: BriefSketch;
  };
  readonly proposal?: ProposalState;
  readonly proposals: number;
  /** Plan rounds and runs that no longer count against their caps, because a person said go on. */
  readonly proposalsForgiven: number;
  readonly runsForgiven: number;
  readonly approvedHash?: string;
  readonly brief?: BriefDraft;
  readonly outline?: PlanOutline;
  readonly protected: readonly string[];
  readonly amendments: number;
  /** What each amendment changed, oldest first; absent while there is none. */
  readonly amended?: readonly Amendment[];
  readonly milestones: ById<MilestoneState>;
  readonly features: ById<FeatureState>;
  readonly assertions: ById<AssertionState>;
  readonly runs: ById<RunState>;
  /** The one effective run, if any. */
  readonly openRun?: string;
  /** What the feature that is built next shares, asked for while the present one is built; absent while nothing is. */
  readonly ahead?: AheadClaim;
  readonly handoffs: readonly Handoff[];
  readonly findings: ById<FindingState>;
  readonly approvals: ById<ApprovalState>;
  readonly messages: ById<MessageState>;
  readonly broadcasts: readonly BroadcastState[];
  readonly head?: { readonly sha: string; readonly token: number };
  readonly usage: Usage;
}
