import {
  autonomySchema,
  briefDraftSchema,
  budgetLimitsSchema,
  integrationSchema,
  prioritySchema,
  raisableLimitsSchema,
  stanceSchema,
} from '@missions/mission';
import { z } from 'zod';
import { messageViewSchema } from '../views/message-view.ts';

/** `POST /v1/missions`; the repository is inspected by Mission Control, which fixes the base commit. */
export const createMissionBodySchema = z
  .strictObject({
    goal: z.string().trim().min(1).max(8000),
    repository: z.string().min(1).max(4000),
    base: z.string().min(1).max(400).optional(),
    autonomy: autonomySchema.optional(),
    budget: budgetLimitsSchema.partial().optional(),
    brief: briefDraftSchema.optional(),
    acceptDefaults: z.boolean().default(false),
    /** Whether it locks the files it touches and sees the work of others that do; else as configured. */
    integration: integrationSchema.optional(),
    /** How it talks about what it shares; else as configured. */
    stance: stanceSchema.optional(),
    /** A higher one gives way later; 0 unless said. */
    priority: prioritySchema.optional(),
  })
  .meta({ id: 'CreateMission' });

export const answersBodySchema = z
  .strictObject({
    answers: z.array(z.strictObject({ questionId: z.string(), value: z.string().min(1) })).min(1),
  })
  .meta({ id: 'Answers' });

/** `POST …/approval`: of the plan. */
export const approvalBodySchema = z
  .discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('approve'), hash: z.string().optional() }),
    z.strictObject({ decision: z.literal('reject'), reason: z.string().min(1) }),
  ])
  .meta({ id: 'PlanDecision' });

/** `POST /v1/approvals/{missionId}:{approvalId}` */
export const decisionBodySchema = z
  .strictObject({ decision: z.enum(['approved', 'rejected']), reason: z.string().min(1).optional() })
  .meta({ id: 'ApprovalDecision' });

export const messageBodySchema = z
  .strictObject({ text: z.string().trim().min(1).max(8000), interrupt: z.boolean().default(false) })
  .meta({ id: 'Message' });

export const reasonBodySchema = z
  .strictObject({ reason: z.string().min(1).max(4000).optional() })
  .meta({ id: 'OptionalReason' });

export const requiredReasonBodySchema = z
  .strictObject({ reason: z.string().min(1).max(4000) })
  .meta({ id: 'Reason' });

/** The new value of each limit to raise; at least one. */
export const budgetBodySchema = raisableLimitsSchema
  .refine((limits) => Object.keys(limits).length > 0, { error: 'name a limit to raise' })
  .meta({ id: 'Budget' });

export const waiverBodySchema = z
  .strictObject({ assertionId: z.string().min(1), reason: z.string().min(1).max(4000) })
  .meta({ id: 'Waiver' });

const grantAsked = { claimId: z.string().min(1).max(256), token: z.int().positive() };
const why = { reason: z.string().trim().min(1).max(1000) };

/** `POST /v1/locks/{scope}/revoke`: the holder loses its grant; refused without `confirm`, with what would be lost. */
export const revokeLockBodySchema = z
  .strictObject({ ...grantAsked, confirm: z.boolean().default(false), ...why })
  .meta({ id: 'RevokeLock' });

/** `POST /v1/locks/{scope}/extend`: the holder keeps it for at least so long from now, renewed or not. */
export const extendLockBodySchema = z
  .strictObject({ ...grantAsked, forMs: z.int().min(1).max(604_800_000), ...why })
  .meta({ id: 'ExtendLock' });

/** `POST /v1/locks/{scope}/reorder`: a waiting claim moves before another one, or to the head of its queue. */
export const reorderLockBodySchema = z
  .strictObject({ claimId: grantAsked.claimId, before: grantAsked.claimId.optional(), ...why })
  .meta({ id: 'ReorderLock' });

/** Answered after the append to the ledger, with its version then. */
export const lockChangedSchema = z
  .strictObject({
    commandId: z.string(),
    scope: z.string(),
    claimId: z.string(),
    version: z.int().nonnegative(),
  })
  .meta({ id: 'LockChanged' });
export type LockChanged = z.infer<typeof lockChangedSchema>;

/** Every command is answered after the append. */
export const commandAcceptedSchema = z
  .strictObject({
    commandId: z.string(),
    missionId: z.string(),
    seq: z.int().nonnegative(),
    acceptedAt: z.iso.datetime(),
    /** What a person should know besides, such as uncommitted changes that are not part of the mission. */
    notes: z.array(z.string()).optional(),
    /** Of a message: what it waits for, or where it is. */
    message: messageViewSchema.optional(),
  })
  .meta({ id: 'CommandAccepted' });

export type CommandAccepted = z.infer<typeof commandAcceptedSchema>;

/** RFC 9457 problem details with a stable `code`. */
export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    evidence: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;
