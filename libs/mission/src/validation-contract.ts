import { z } from 'zod';
import { assertionIdSchema, requirementIdSchema } from './ids.ts';
import { negativeControlSchema, proofSchema, relativePathSchema } from './proof.ts';

/** One provable statement about behaviour; what happens to it later is kept apart, in the mission's state. */
export const assertionSchema = z.strictObject({
  id: assertionIdSchema,
  area: z.string().max(200).default(''),
  statement: z.string().min(1).max(4000),
  type: z.enum(['behavioral', 'static', 'quality', 'non_regression']).default('behavioral'),
  priority: z.enum(['critical', 'major', 'minor']).default('major'),
  traces: z.array(requirementIdSchema).max(50).default([]),
  scope: z.enum(['feature', 'milestone', 'mission']).default('feature'),
  proof: proofSchema,
  negativeControl: negativeControlSchema.optional(),
});

export type Assertion = z.infer<typeof assertionSchema>;

export const contractDraftSchema = z.strictObject({
  assertions: z.array(assertionSchema).min(1).max(500),
  /** Paths taken from the base commit when proving; a diff to one of them is a finding. */
  protected: z.array(relativePathSchema).max(100).default([]),
});

export type ContractDraft = z.infer<typeof contractDraftSchema>;

export const verdictSchema = z.enum(['pass', 'fail', 'inconclusive', 'blocked', 'not_run']);
export type Verdict = z.infer<typeof verdictSchema>;

/**
 * Why a verdict that the engine measured does not count: a pass without anything captured; a proof that nobody has seen fail
 * without the product (or, where it guards what was there, pass); one that did not notice a broken product, or whose broken
 * product could not be tried; one that says now this, now that.
 */
export const doubtSchema = z.enum(['no_evidence', 'never_red', 'control_missed', 'control_not_run', 'flaky']);
export type Doubt = z.infer<typeof doubtSchema>;

export const baselineResultSchema = z.enum(['fails_as_expected', 'already_passes', 'cannot_run']);
export type BaselineResult = z.infer<typeof baselineResultSchema>;

/** The validator an assertion belongs to: user testing drives the product from outside, scrutiny looks at the code. */
export function validatorOf(assertion: Assertion): 'scrutiny' | 'user_testing' {
  switch (assertion.proof.method) {
    case 'static':
    case 'command':
    case 'inspection':
      return 'scrutiny';
    case 'http':
    case 'browser':
    case 'pty':
    case 'judgement':
      return 'user_testing';
  }
}
