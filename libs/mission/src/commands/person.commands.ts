import { z } from 'zod';
import {
  autonomySchema,
  briefDraftSchema,
  budgetLimitsSchema,
  missionLimitsSchema,
  raisableLimitsSchema,
  repositorySchema,
} from '../brief.ts';
import { integrationSchema, prioritySchema, stanceSchema } from '../integration.ts';
import {
  approvalIdSchema,
  assertionIdSchema,
  featureIdSchema,
  missionIdSchema,
  questionIdSchema,
} from '../ids.ts';
import { answerValueSchema } from '../scoping.ts';

const reason = z.string().min(1).max(4000);

/** What a person may ask for; each counts only when it carries a person's identity. */
export const personCommands = {
  CreateMission: z.strictObject({
    missionId: missionIdSchema,
    goal: z.string().trim().min(1).max(8000),
    repository: repositorySchema,
    autonomy: autonomySchema.default('supervised'),
    budget: budgetLimitsSchema.prefault({}),
    limits: missionLimitsSchema.prefault({}),
    integration: integrationSchema.optional(),
    stance: stanceSchema.optional(),
    priority: prioritySchema.optional(),
    brief: briefDraftSchema.optional(),
    acceptDefaults: z.boolean().default(false),
  }),
  AnswerQuestion: z.strictObject({ questionId: questionIdSchema, value: answerValueSchema }),
  ApprovePlan: z.strictObject({ hash: z.string().optional() }),
  RejectPlan: z.strictObject({ reason }),
  DecideApproval: z.strictObject({
    approvalId: approvalIdSchema,
    decision: z.enum(['approved', 'rejected']),
    reason: reason.optional(),
  }),
  SendMessage: z.strictObject({
    messageId: z.string().min(1).max(100),
    text: z.string().trim().min(1).max(8000),
    interrupt: z.boolean().default(false),
  }),
  PauseMission: z.strictObject({ reason: reason.optional() }),
  ResumeMission: z.strictObject({}),
  CancelMission: z.strictObject({ reason: reason.optional() }),
  RaiseBudget: raisableLimitsSchema,
  WaiveAssertion: z.strictObject({ assertionId: assertionIdSchema, reason }),
  SkipFeature: z.strictObject({ featureId: featureIdSchema, reason }),
  RetryFeature: z.strictObject({ featureId: featureIdSchema, reason }),
} as const;

export type PersonCommandType = keyof typeof personCommands;
