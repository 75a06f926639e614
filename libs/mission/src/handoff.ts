import { z } from 'zod';
import { integratedSchema } from './integration.ts';
import { assertionIdSchema, digestSchema, featureIdSchema, runIdSchema, shaSchema } from './ids.ts';

const text = z.string().max(8000);
const texts = z.array(text).max(200).default([]);

/** A problem a worker met beside its feature; a blocking one becomes a finding at the milestone. */
export const discoveredIssueSchema = z.object({
  id: z.string().min(1).max(64),
  severity: z.enum(['blocking', 'non_blocking', 'suggestion']),
  description: z.string().min(1).max(4000),
  suggestedFix: text.optional(),
  location: z.string().max(1000).optional(),
});

/**
 * The agent's part of a handoff: claims, until proven. Unknown fields are dropped, not refused,
 * because a model that says more than it was asked has still finished its work.
 */
export const handoffClaimSchema = z.object({
  outcome: z.enum(['success', 'partial', 'failure']),
  salientSummary: z.string().min(1).max(8000),
  whatWasImplemented: texts.unwrap(),
  whatWasLeftUndone: texts.unwrap(),
  tests: z.object({ added: texts, updated: texts }).optional(),
  assertionClaims: z.array(assertionIdSchema).max(100).default([]),
  discoveredIssues: z.array(discoveredIssueSchema).max(100).default([]),
  decisions: texts,
  environmentNotes: texts,
  skillFeedback: text.optional(),
  returnToOrchestrator: z.object({ reason: z.string().min(1).max(4000) }).optional(),
});

export type HandoffClaim = z.infer<typeof handoffClaimSchema>;

export const commandRecordSchema = z.strictObject({
  command: z.string().max(4000),
  exitCode: z.int().optional(),
  durationMs: z.number().nonnegative(),
  output: z.string().max(8000),
});

/** What the engine captured about a build run; nothing in it comes from the agent. */
export const handoffCaptureSchema = z.strictObject({
  baseSha: shaSchema,
  headSha: shaSchema,
  /** Other missions' work that was merged before the run began; what it did itself is `integrated.sha`..`headSha`. */
  integrated: integratedSchema.optional(),
  /** Bundle of the new commits against `baseSha`; absent when there are none. */
  bundle: digestSchema.optional(),
  filesChanged: z.array(z.string().max(1000)).max(5000),
  commandsRun: z.array(commandRecordSchema).max(200),
});

export type HandoffCapture = z.infer<typeof handoffCaptureSchema>;

/** The commit a run's own changes are to be seen against. */
export function startOfWork({ baseSha, integrated }: Pick<HandoffCapture, 'baseSha' | 'integrated'>): string {
  return integrated?.sha ?? baseSha;
}

/** A build run's structured result: what the agent claims beside what the engine captured. */
export const handoffSchema = z.strictObject({
  featureId: featureIdSchema,
  runId: runIdSchema,
  attempt: z.int().positive(),
  claim: handoffClaimSchema,
  captured: handoffCaptureSchema,
});

export type Handoff = z.infer<typeof handoffSchema>;
