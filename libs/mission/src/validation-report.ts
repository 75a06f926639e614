import { z } from 'zod';
import { findingDraftSchema } from './finding.ts';
import { assertionIdSchema, digestSchema, shaSchema } from './ids.ts';
import { baselineResultSchema, verdictSchema } from './validation-contract.ts';

/** Something the engine captured, stored by digest; `call` names the run's tool call it came from, if any. */
export const evidenceSchema = z.strictObject({
  kind: z.string().min(1).max(64),
  artifact: digestSchema,
  command: z.string().max(4000).optional(),
  exitCode: z.int().optional(),
  call: z.string().max(200).optional(),
});

export type Evidence = z.infer<typeof evidenceSchema>;

export const controlOutcomeSchema = z.enum(['caught', 'missed', 'cannot_run']);
export type ControlOutcome = z.infer<typeof controlOutcomeSchema>;

/** A broken variant of the product under the same proof: `caught` when the proof failed it, `missed` when it did not notice. */
export const controlRecordSchema = z.strictObject({
  outcome: controlOutcomeSchema,
  observed: z.string().max(4000),
  evidence: z.array(evidenceSchema).max(50).default([]),
});

export type ControlRecord = z.infer<typeof controlRecordSchema>;

/** What a proof did on the untouched base, as the engine saw it. */
export const baselineRecordSchema = z.strictObject({
  assertionId: assertionIdSchema,
  result: baselineResultSchema,
  observed: z.string().max(4000),
  evidence: z.array(evidenceSchema).max(50),
});

export type BaselineRecord = z.infer<typeof baselineRecordSchema>;

/** The engine's own measurement of one assertion at one commit; the only thing that can turn it green. */
export const proofRecordSchema = z.strictObject({
  assertionId: assertionIdSchema,
  targetSha: shaSchema,
  verdict: verdictSchema,
  observed: z.string().max(4000),
  expected: z.string().max(4000),
  durationMs: z.number().nonnegative(),
  evidence: z.array(evidenceSchema).max(50),
  /** Verdicts of further executions at the same commit, made because the first one changed what was known. */
  again: z.array(verdictSchema).max(5).optional(),
  /** What the proof did with the broken variant of the product: it has to be noticed. */
  control: controlRecordSchema.optional(),
});

export type ProofRecord = z.infer<typeof proofRecordSchema>;

export const reportedResultSchema = z.strictObject({
  assertionId: assertionIdSchema,
  verdict: verdictSchema,
  observed: z.string().max(4000).default(''),
  /** Ids of the validator's own tool calls; a verdict below the engine's must cite at least one. */
  evidence: z.array(z.string().max(200)).max(50).default([]),
  reproSteps: z.array(z.string().max(2000)).max(50).default([]),
});

export type ReportedResult = z.infer<typeof reportedResultSchema>;

export const checkRecordSchema = z.strictObject({
  name: z.string().min(1).max(200),
  command: z.string().max(4000),
  exitCode: z.int().optional(),
  output: z.string().max(8000),
});

export type CheckRecord = z.infer<typeof checkRecordSchema>;

/** The agent's part of a validation report: exactly one result for each assertion that is this validator's. */
export const reportClaimSchema = z.strictObject({
  results: z.array(reportedResultSchema).max(500),
  findings: z.array(findingDraftSchema).max(200).default([]),
  summary: z.string().max(8000).default(''),
});

export type ReportClaim = z.infer<typeof reportClaimSchema>;

/** What one reviewer holds against a feature: claims, to be confirmed by whoever validates the milestone. */
export const reviewClaimSchema = z.strictObject({
  findings: z.array(findingDraftSchema).max(20).default([]),
  summary: z.string().max(2000).default(''),
});

export type ReviewClaim = z.infer<typeof reviewClaimSchema>;
