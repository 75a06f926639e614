import { z } from 'zod';
import { assumptionSchema, briefDraftSchema, briefSketchSchema } from '../brief.ts';
import {
  approvalIdSchema,
  assertionIdSchema,
  findingIdSchema,
  milestoneIdSchema,
  questionIdSchema,
  shaSchema,
} from '../ids.ts';
import { estimateSchema, featureSchema, milestoneSchema, planOutlineSchema } from '../plan.ts';
import { questionSchema } from '../scoping.ts';
import { contractDeltaSchema, planDeltaSchema } from '../settlement.ts';
import { assertionSchema, baselineResultSchema } from '../validation-contract.ts';
import { evidenceSchema } from '../validation-report.ts';

const revision = z.int().positive();

export const planningEvents = {
  ScopingQuestionAsked: z.strictObject({ round: z.int().positive(), question: questionSchema }),
  ScopingQuestionAnswered: z.strictObject({
    questionId: questionIdSchema,
    value: z.string(),
    by: z.string(),
    at: z.iso.datetime(),
  }),
  /** Nobody answered, so a default (or the orchestrator's own choice) is taken as an assumption. */
  ScopingAssumptionMade: z.strictObject({ questionId: questionIdSchema, assumption: assumptionSchema }),
  /** One scope run has asked what it had to ask; `ready` says nothing blocking is left to ask. */
  ScopingRoundClosed: z.strictObject({
    round: z.int().positive(),
    ready: z.boolean(),
    brief: briefSketchSchema.optional(),
  }),
  /** A proposal is one append of many small events between `PlanProposalOpened` and `ProposalClosed`. */
  PlanProposalOpened: z.strictObject({
    revision,
    brief: briefDraftSchema,
    outline: planOutlineSchema,
    estimate: estimateSchema.optional(),
  }),
  PlanMilestoneProposed: z.strictObject({ revision, milestone: milestoneSchema }),
  PlanFeatureProposed: z.strictObject({ revision, feature: featureSchema }),
  ContractAssertionProposed: z.strictObject({ revision, assertion: assertionSchema }),
  /** `hash` is what an approval is bound to: brief, plan without estimate, definitions, base commit. */
  ProposalClosed: z.strictObject({
    revision,
    hash: z.string(),
    baseSha: shaSchema,
    protected: z.array(z.string()),
  }),
  ContractAssertionBaselined: z.strictObject({
    revision,
    /** The number of the amendment that brought the assertion, which was executed on the base only afterwards. */
    amendment: z.int().positive().optional(),
    assertionId: assertionIdSchema,
    result: baselineResultSchema,
    observed: z.string().max(4000),
    evidence: z.array(evidenceSchema),
  }),
  PlanProposalReturned: z.strictObject({
    revision,
    by: z.enum(['baseline', 'person']),
    reasons: z.array(z.string().max(4000)),
  }),
  PlanApproved: z.strictObject({
    revision,
    hash: z.string(),
    by: z.string(),
    mode: z.enum(['person', 'accept_defaults', 'autonomous']),
  }),
  /** A numbered change of the frozen contract or the plan; exists only with a person's approval. */
  ContractAmended: z.strictObject({
    number: z.int().positive(),
    approvalId: approvalIdSchema,
    assertions: z.array(assertionSchema),
    by: z.string(),
    reason: z.string(),
  }),
  ApprovalRequested: z.strictObject({
    approvalId: approvalIdSchema,
    kind: z.enum(['plan', 'amendment', 'waiver']),
    summary: z.string().max(4000),
    hash: z.string().optional(),
    assertionIds: z.array(assertionIdSchema).optional(),
    /** Findings of the engine that a waiver would let stand. */
    findingIds: z.array(findingIdSchema).optional(),
    milestoneId: milestoneIdSchema.optional(),
    planDelta: planDeltaSchema.optional(),
    contractDelta: contractDeltaSchema.optional(),
  }),
  ApprovalDecided: z.strictObject({
    approvalId: approvalIdSchema,
    decision: z.enum(['approved', 'rejected']),
    by: z.string(),
    reason: z.string().max(4000).optional(),
  }),
} as const;
