import { z } from 'zod';
import { raisableLimitsSchema } from '../brief.ts';
import { broadcastDraftSchema, overlapSchema } from '../broadcast.ts';

const messageId = z.string().min(1).max(100);

export const talkEvents = {
  BroadcastPublished: z.strictObject({
    version: z.int().positive(),
    by: z.string(),
    broadcast: broadcastDraftSchema,
    /** Of the one that tells which files another mission changed, too. */
    overlap: overlapSchema.optional(),
  }),
  MessageReceived: z.strictObject({
    messageId,
    text: z.string().min(1).max(8000),
    interrupt: z.boolean(),
    by: z.string(),
    at: z.iso.datetime(),
  }),
  MessageDelivered: z.strictObject({ messageId, runId: z.string(), turn: z.int().nonnegative() }),
  MessageAnswered: z.strictObject({
    messageIds: z.array(messageId),
    runId: z.string(),
    text: z.string().max(16_000),
  }),
  /** A claim may spend this much before it has to ask again; settled when the run ends. */
  BudgetSliceGranted: z.strictObject({ runId: z.string(), usd: z.number().positive() }),
  /** Settled spend has reached a part of the budget. */
  BudgetWarned: z.strictObject({ fraction: z.number(), spentUsd: z.number(), maxCostUsd: z.number() }),
  /** The time its runs were held has reached a part of the mission's wall clock. */
  WallClockWarned: z.strictObject({
    fraction: z.number(),
    workedMin: z.number(),
    maxWallClockMin: z.number(),
  }),
  /** The new value of each limit that was raised. */
  BudgetRaised: raisableLimitsSchema.extend({ by: z.string() }),
} as const;
