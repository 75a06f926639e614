import { z } from 'zod';
import { briefDraftSchema, briefSketchSchema } from '../brief.ts';
import { broadcastDraftSchema } from '../broadcast.ts';
import { findingDraftSchema } from '../finding.ts';
import { handoffCaptureSchema, handoffClaimSchema } from '../handoff.ts';
import { runIdSchema, shaSchema } from '../ids.ts';
import { changesSchema } from '../integration.ts';
import { planDraftSchema } from '../plan.ts';
import {
  checkpointSchema,
  helperUsagesSchema,
  lostCallsSchema,
  modelUsagesSchema,
  runCauseSchema,
  usageSchema,
} from '../run.ts';
import { questionSchema } from '../scoping.ts';
import { contractDeltaSchema, planDeltaSchema, settlementClaimSchema } from '../settlement.ts';
import { contractDraftSchema } from '../validation-contract.ts';
import {
  baselineRecordSchema,
  checkRecordSchema,
  evidenceSchema,
  proofRecordSchema,
  reportClaimSchema,
} from '../validation-report.ts';
import { waitingForShape } from '../waiting.ts';

const held = { runId: runIdSchema, token: z.int().positive() };
/** Parts of a usage: `own` is the run without its helpers, `models` is that by model where there was more than one. */
const shares = {
  own: usageSchema.optional(),
  models: modelUsagesSchema.optional(),
  helpers: helperUsagesSchema.optional(),
  lost: lostCallsSchema.optional(),
};

export const askedSchema = z.strictObject({
  kind: z.literal('asked'),
  questions: z.array(questionSchema).max(50),
  brief: briefSketchSchema.optional(),
});

export const proposedSchema = z.strictObject({
  kind: z.literal('proposed'),
  brief: briefDraftSchema,
  plan: planDraftSchema,
  contract: contractDraftSchema,
});

export const baselinedSchema = z.strictObject({
  kind: z.literal('baselined'),
  results: z.array(baselineRecordSchema),
});

export const handedOffSchema = z.strictObject({
  kind: z.literal('handed_off'),
  claim: handoffClaimSchema,
  captured: handoffCaptureSchema,
  checkpoint: checkpointSchema.optional(),
});

export const validatedSchema = z.strictObject({
  kind: z.literal('validated'),
  targetSha: shaSchema,
  proofs: z.array(proofRecordSchema).max(500),
  /** What amended assertions did on the base: an assertion that nobody has seen failing there cannot pass. */
  baselines: z.array(baselineRecordSchema).max(500).optional(),
  checks: z.array(checkRecordSchema).max(50),
  /** What the engine found by rules over the diff and by its checks; the validator's own are in its report. */
  findings: z.array(findingDraftSchema).max(200).optional(),
  /** Absent for the engine's own final proof. */
  report: reportClaimSchema.optional(),
  /** Evidence the engine captured from the validator's tool calls, by call id. */
  captured: z.array(evidenceSchema).max(500),
});

export const settledSchema = z.strictObject({ kind: z.literal('settled'), ...settlementClaimSchema.shape });

export const repliedSchema = z.strictObject({
  kind: z.literal('replied'),
  text: z.string().min(1).max(16_000),
  plan_delta: planDeltaSchema.optional(),
  contract_delta: contractDeltaSchema.optional(),
});

/** The run ended without its closing tool: by a failure, a cancel or an interruption; work kept on its checkpoint. */
export const endedSchema = z.strictObject({
  kind: z.literal('ended'),
  state: z.enum(['failed', 'cancelled', 'interrupted']),
  cause: runCauseSchema.optional(),
  detail: z.string().max(4000).optional(),
  checkpoint: checkpointSchema.optional(),
});

export const conclusionSchema = z.discriminatedUnion('kind', [
  askedSchema,
  proposedSchema,
  baselinedSchema,
  handedOffSchema,
  validatedSchema,
  settledSchema,
  repliedSchema,
  endedSchema,
]);

export type Conclusion = z.output<typeof conclusionSchema>;
export type ConclusionOf<Kind extends Conclusion['kind']> = Extract<Conclusion, { kind: Kind }>;

/** What the holder of a run may ask for; each is fenced by the run's token. */
export const runCommands = {
  ClaimRun: z.strictObject({
    runId: runIdSchema,
    holder: z.string().min(1).max(200),
    model: z.string().max(200).optional(),
    promptHash: z.string().max(100).optional(),
  }),
  RequestSlice: z.strictObject({
    ...held,
    usd: z.number().positive(),
    /** What the run has settled so far, so that a long run is warned of while it goes on. */
    spentUsd: z.number().nonnegative().optional(),
  }),
  SuspendRun: z.strictObject({ ...held, checkpoint: checkpointSchema.optional() }),
  DeliverMessages: z.strictObject({
    ...held,
    messageIds: z.array(z.string()).min(1).max(100),
    turn: z.int().nonnegative(),
  }),
  PublishBroadcast: z.strictObject({ ...held, broadcast: broadcastDraftSchema }),
  ConcludeRun: z.strictObject({ ...held, conclusion: conclusionSchema, usage: usageSchema, ...shares }),
} as const;

/** What only the mission's own service may ask for. */
export const serviceCommands = {
  /** The time of a run that is held may have used up a part of the mission's wall clock. */
  CheckWallClock: z.strictObject(held),
  ReleaseRun: z.strictObject({ ...held, reason: z.enum(['expired', 'shutdown']) }),
  RecordLockGrant: z.strictObject({
    claimId: z.string().min(1),
    ledger: z.string().min(1),
    version: z.int().positive(),
    /** Other missions whose last accepted commits changed what is granted. */
    changedBy: changesSchema.optional(),
  }),
  RecordLockWait: z.strictObject({ claimId: z.string().min(1), ...waitingForShape }).omit({ sinceAt: true }),
  /** A claim has waited longer than it may: the mission says so, and the claim keeps its place. */
  RecordLockOverdue: z.strictObject({
    claimId: z.string().min(1),
    detail: z.string().max(4000),
    needs: z.string().max(4000),
  }),
  /** The mission cannot go on for a reason only a service can see (no sandbox, no dependencies, no Git). */
  BlockMission: z.strictObject({
    cause: z.enum(['environment', 'lock_wait', 'lock_cycle', 'budget', 'unknown']),
    detail: z.string().max(4000),
    needs: z.string().max(4000),
  }),
} as const;
