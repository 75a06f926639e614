import { z } from 'zod';
import {
  autonomySchema,
  briefDraftSchema,
  budgetLimitsSchema,
  missionLimitsSchema,
  repositorySchema,
} from '../brief.ts';
import { integrationSchema, prioritySchema, stanceSchema } from '../integration.ts';
import { missionIdSchema, shaSchema } from '../ids.ts';
import { toFinishSchema } from '../plan.ts';
import { blockCauseSchema } from '../run.ts';

const reason = z.string().max(4000);

export const missionLifecycleEvents = {
  /** A person stated a goal for a repository at a fixed base commit. */
  MissionCreated: z.strictObject({
    missionId: missionIdSchema,
    goal: z.string().min(1).max(8000),
    repository: repositorySchema,
    autonomy: autonomySchema,
    budget: budgetLimitsSchema,
    limits: missionLimitsSchema,
    /** Isolated, neutral and 0 unless said. */
    integration: integrationSchema.optional(),
    stance: stanceSchema.optional(),
    priority: prioritySchema.optional(),
    /** A brief that replaces scoping. */
    brief: briefDraftSchema.optional(),
    /** The person takes every default and approves the plan in advance. */
    acceptDefaults: z.boolean(),
    createdBy: z.string().min(1),
    at: z.iso.datetime(),
  }),
  MissionPaused: z.strictObject({ by: z.string(), reason: reason.optional() }),
  MissionResumed: z.strictObject({ by: z.string() }),
  /** Nothing happens until the stated cause is gone; `needs` says what a person can do about it. */
  MissionBlocked: z.strictObject({
    cause: blockCauseSchema,
    detail: reason,
    needs: reason,
    /** Of cause budget: what is still to be spent to finish, and how that is known. */
    toFinish: toFinishSchema.optional(),
    /** Of cause lock_wait: the claim that waits too long. It keeps its place, and its grant takes the block back. */
    claimId: z.string().optional(),
  }),
  MissionUnblocked: z.strictObject({ by: z.string(), cause: blockCauseSchema }),
  MissionCompleted: z.strictObject({ headSha: shaSchema }),
  MissionFailed: z.strictObject({ cause: blockCauseSchema, detail: reason }),
  MissionCancelled: z.strictObject({ by: z.string(), reason: reason.optional() }),
} as const;
