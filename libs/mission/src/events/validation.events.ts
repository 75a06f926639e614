import { z } from 'zod';
import { findingDraftSchema, findingSourceSchema } from '../finding.ts';
import { assertionIdSchema, findingIdSchema, milestoneIdSchema, shaSchema } from '../ids.ts';
import { settlementChoiceSchema } from '../settlement.ts';
import { doubtSchema, verdictSchema } from '../validation-contract.ts';
import { checkRecordSchema, controlOutcomeSchema, evidenceSchema } from '../validation-report.ts';

const round = z.int().positive();

export const validationEvents = {
  MilestoneValidationStarted: z.strictObject({
    milestoneId: milestoneIdSchema,
    round,
    targetSha: shaSchema,
    assertionIds: z.array(assertionIdSchema),
    /** The engine alone proves every assertion at the final commit. */
    final: z.boolean(),
  }),
  MilestoneReportReceived: z.strictObject({
    milestoneId: milestoneIdSchema,
    round,
    runId: z.string(),
    validator: z.enum(['scrutiny', 'user_testing', 'engine']),
    targetSha: shaSchema,
    summary: z.string().max(8000),
    checks: z.array(checkRecordSchema),
    findings: z.array(findingDraftSchema),
    /** Found by the engine's own rules and checks, where there are any. */
    engineFindings: z.array(findingDraftSchema).optional(),
  }),
  /**
   * The verdict that counts; `loweredFrom` is what the engine measured where that does not count: because the validator
   * lowered it by evidence, or because of the `doubt` that is named.
   */
  AssertionJudged: z.strictObject({
    assertionId: assertionIdSchema,
    milestoneId: milestoneIdSchema,
    round,
    runId: z.string(),
    targetSha: shaSchema,
    verdict: verdictSchema,
    loweredFrom: verdictSchema.optional(),
    doubt: doubtSchema.optional(),
    /** How often the proof was executed at this commit; one where nothing is said. */
    executions: z.int().positive().optional(),
    /** What the proof did with the broken variant of the product, where it was executed. */
    control: controlOutcomeSchema.optional(),
    observed: z.string().max(4000),
    expected: z.string().max(4000),
    evidence: z.array(evidenceSchema),
    reproSteps: z.array(z.string()),
  }),
  AssertionWaived: z.strictObject({
    assertionId: assertionIdSchema,
    by: z.string(),
    reason: z.string().max(4000),
    at: z.iso.datetime(),
  }),
  MilestonePassed: z.strictObject({ milestoneId: milestoneIdSchema, round, headSha: shaSchema }),
  FindingRaised: z.strictObject({
    findingId: findingIdSchema,
    milestoneId: milestoneIdSchema,
    round,
    source: findingSourceSchema,
    finding: findingDraftSchema,
  }),
  FindingSettled: z.strictObject({
    findingId: findingIdSchema,
    choice: settlementChoiceSchema,
    justification: z.string().max(4000),
    decidedBy: z.string(),
  }),
  NegotiationSettled: z.strictObject({
    milestoneId: milestoneIdSchema,
    round,
    outcome: z.enum(['continue', 'revalidate', 'replan', 'blocked']),
  }),
} as const;
