import { z } from 'zod';
import { digestSchema, featureIdSchema, milestoneIdSchema, shaSchema } from './ids.ts';

export const roleSchema = z.enum(['orchestrator', 'worker', 'scrutiny', 'user_testing', 'researcher']);
export type Role = z.infer<typeof roleSchema>;

/** `baseline` and a `validate` run with subject `final` are the engine's alone and use no model. */
export const taskSchema = z.enum([
  'scope',
  'plan',
  'baseline',
  'build',
  'validate',
  'triage',
  'converse',
  'report',
  'research',
  'review',
]);
export type Task = z.infer<typeof taskSchema>;

export const runCauseSchema = z.enum([
  'auth',
  'rate_limit',
  'budget',
  'stall',
  'crash',
  'sandbox',
  'tool',
  'model',
  'refusal',
  'context_overflow',
  'empty_run',
]);
export type RunCause = z.infer<typeof runCauseSchema>;

export const blockCauseSchema = z.enum([
  'budget',
  'auth',
  'rate_limit',
  'approval',
  'question',
  'lock_wait',
  'lock_cycle',
  'environment',
  'fix_limit',
  'contract_gap',
  'unknown',
]);
export type BlockCause = z.infer<typeof blockCauseSchema>;

/** What a run is about; `round` counts scope, plan and validation rounds. */
export const subjectSchema = z.strictObject({
  feature: featureIdSchema.optional(),
  milestone: milestoneIdSchema.optional(),
  round: z.int().positive().default(1),
  final: z.boolean().optional(),
});

export type Subject = z.infer<typeof subjectSchema>;

/** Tokens and money of a run; `costUsd` is absent when a call had no price, which is then said as unpriced. */
export const usageSchema = z.strictObject({
  turns: z.int().nonnegative(),
  input: z.int().nonnegative(),
  output: z.int().nonnegative(),
  cacheRead: z.int().nonnegative(),
  cacheWrite: z.int().nonnegative(),
  costUsd: z.number().nonnegative(),
  unpriced: z.boolean(),
});

export type Usage = z.infer<typeof usageSchema>;

export const noUsage: Usage = {
  turns: 0,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  costUsd: 0,
  unpriced: false,
};

/** What one read-only helper used; it is part of its run's usage. */
export const helperUsageSchema = z.strictObject({
  id: z.string().max(200),
  model: z.string().max(200).optional(),
  usage: usageSchema,
});

export type HelperUsage = z.infer<typeof helperUsageSchema>;

/** What calls of one model used; without a name it is the run's own model. */
export const modelUsageSchema = z.strictObject({ model: z.string().max(200).optional(), usage: usageSchema });

export type ModelUsage = z.infer<typeof modelUsageSchema>;

/** Beyond so many helpers of one run the rest is one entry, so that an event stays small. */
export const mostHelperEntries = 100;
export const helperUsagesSchema = z.array(helperUsageSchema).max(mostHelperEntries);

export const modelUsagesSchema = z.array(modelUsageSchema).max(50);

/** Calls whose reply was lost and which were asked for again; charged at their worst case, part of the run's usage. */
export const lostCallsSchema = z.strictObject({ calls: z.int().positive(), usage: usageSchema });

export type LostCalls = z.infer<typeof lostCallsSchema>;

export function addUsage(left: Usage, right: Usage): Usage {
  return {
    turns: left.turns + right.turns,
    input: left.input + right.input,
    output: left.output + right.output,
    cacheRead: left.cacheRead + right.cacheRead,
    cacheWrite: left.cacheWrite + right.cacheWrite,
    costUsd: left.costUsd + right.costUsd,
    unpriced: left.unpriced || right.unpriced,
  };
}

/** A workspace and transcript at a turn, so that another host can go on. */
export const checkpointSchema = z.strictObject({
  sha: shaSchema,
  bundle: digestSchema,
  turn: z.int().nonnegative(),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;
