import { z } from 'zod';
import { askSchema } from '../ask.ts';
import { featureIdSchema, milestoneIdSchema, shaSchema } from '../ids.ts';
import { changesSchema } from '../integration.ts';
import { handoffSchema } from '../handoff.ts';
import { featureSchema } from '../plan.ts';
import { waitingForShape } from '../waiting.ts';
import {
  checkpointSchema,
  helperUsagesSchema,
  lostCallsSchema,
  modelUsagesSchema,
  roleSchema,
  runCauseSchema,
  subjectSchema,
  taskSchema,
  usageSchema,
} from '../run.ts';

const run = { runId: z.string().min(1) };
/** Whom a claim is for: a run, or a feature ahead of its run. */
const claimant = { runId: z.string().min(1).optional(), featureId: featureIdSchema.optional() };
const reason = z.string().max(4000);

export const workEvents = {
  /** The order to run, with all that a fresh context needs to be assembled from log and repository. */
  RunDelegated: z.strictObject({
    ...run,
    role: roleSchema,
    task: taskSchema,
    subject: subjectSchema,
    attempt: z.int().positive(),
    /** The commit the workspace starts from. */
    fromSha: shaSchema.optional(),
    /** Work of an attempt that ended early, to be restored on top. */
    checkpoint: checkpointSchema.optional(),
    broadcastVersions: z.array(z.int().positive()),
  }),
  /** The version of this event is the run's fencing token until it is claimed again. */
  RunClaimed: z.strictObject({
    ...run,
    holder: z.string(),
    model: z.string().optional(),
    promptHash: z.string().optional(),
    at: z.iso.datetime(),
  }),
  RunReleased: z.strictObject({ ...run, reason: z.enum(['expired', 'shutdown']), at: z.iso.datetime() }),
  RunSuspended: z.strictObject({ ...run, checkpoint: checkpointSchema.optional(), at: z.iso.datetime() }),
  RunEnded: z.strictObject({
    ...run,
    state: z.enum(['handed_off', 'failed', 'cancelled', 'superseded']),
    cause: runCauseSchema.optional(),
    detail: reason.optional(),
    checkpoint: checkpointSchema.optional(),
    usage: usageSchema,
    /** Parts of `usage`: of the run without its helpers, and that by model; of each helper; of calls that were lost. */
    own: usageSchema.optional(),
    models: modelUsagesSchema.optional(),
    helpers: helperUsagesSchema.optional(),
    lost: lostCallsSchema.optional(),
    at: z.iso.datetime(),
  }),
  HandoffSubmitted: z.strictObject({ handoff: handoffSchema }),
  /** The mission's head moves; `token` is the fence its Git refs carry. */
  HandoffAccepted: z.strictObject({
    ...run,
    featureId: featureIdSchema,
    headSha: shaSchema,
    token: z.int().positive(),
  }),
  FeatureAdded: z.strictObject({ feature: featureSchema }),
  FeatureWaiting: z.strictObject({
    featureId: featureIdSchema,
    ...waitingForShape,
  }),
  FeatureAccepted: z.strictObject({ featureId: featureIdSchema, runId: z.string() }),
  FeatureReopened: z.strictObject({
    featureId: featureIdSchema,
    reason,
    attemptsReset: z.boolean().optional(),
  }),
  FeatureBlocked: z.strictObject({ featureId: featureIdSchema, reason }),
  FeatureSkipped: z.strictObject({ featureId: featureIdSchema, by: z.string(), reason }),
  FeatureCancelled: z.strictObject({ featureId: featureIdSchema, reason }),
  MilestoneStarted: z.strictObject({ milestoneId: milestoneIdSchema }),
  MilestoneRolledBack: z.strictObject({ milestoneId: milestoneIdSchema, toSha: shaSchema, reason }),
  /** Without a run it is asked for ahead, for a feature that is not delegated yet; its run says it again when it takes the claim over. */
  LockRequested: z.strictObject({
    claimId: z.string(),
    resources: z.array(z.string()).min(1),
    /** Its run's agent wants it beside what the run holds; it goes on working meanwhile. */
    ask: askSchema.optional(),
    ...claimant,
  }),
  LockGranted: z.strictObject({
    claimId: z.string(),
    ledger: z.string(),
    version: z.int().positive(),
    /** Other missions whose last accepted commits changed what is granted: the run starts from them besides its own. */
    changedBy: changesSchema.optional(),
    ...claimant,
  }),
  LockReleased: z.strictObject({
    claimId: z.string(),
    /** The accepted commit that what was held led to, so that whoever is granted it next starts from there. */
    change: z.strictObject({ sha: shaSchema }).optional(),
    /** The mission that would have come first if nobody had ever given way: it is let through, and the claim made anew. */
    letsThrough: z.string().optional(),
    ...claimant,
  }),
} as const;
