import { z } from 'zod';
import { assertionIdSchema, featureIdSchema } from './ids.ts';

/** What is held against the work. The mission numbers it `FIND-n` in report order. */
export const findingDraftSchema = z.strictObject({
  severity: z.enum(['blocker', 'major', 'minor', 'info']),
  category: z.enum([
    'defect',
    'missing',
    'regression',
    'test_quality',
    'stub',
    'security',
    'scope_drift',
    'doc',
  ]),
  title: z.string().min(1).max(400),
  detail: z.string().max(8000).default(''),
  location: z.string().max(1000).optional(),
  assertionIds: z.array(assertionIdSchema).max(100).default([]),
  featureIds: z.array(featureIdSchema).max(100).default([]),
  suggestedFix: z.string().max(4000).optional(),
});

export type FindingDraft = z.infer<typeof findingDraftSchema>;

/**
 * Where a finding came from decides how it may be settled: a failed verdict cannot be dismissed, and neither can a blocker
 * that the `engine` found by its own rules and checks.
 */
export const findingSourceSchema = z.enum([
  'failed_verdict',
  'inconclusive_verdict',
  'engine',
  'validator',
  'discovered_issue',
  'left_undone',
]);

export type FindingSource = z.infer<typeof findingSourceSchema>;
