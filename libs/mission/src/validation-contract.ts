import { z } from 'zod';
import { assertionIdSchema, digestSchema, requirementIdSchema } from './ids.ts';

const relativePath = z
  .string()
  .min(1)
  .max(400)
  .refine(
    (path) => !path.startsWith('/') && !path.split('/').some((part) => part === '..' || part === ''),
    'a path inside its folder, without ".." or a leading "/"',
  );

/** What has to be observed. `stdout` and `text` must occur in the output; `json` must be contained in it. */
export const expectationSchema = z.strictObject({
  exitCode: z.int().min(0).max(255).optional(),
  stdout: z.string().max(4000).optional(),
  stderr: z.string().max(4000).optional(),
  status: z.int().min(100).max(599).optional(),
  text: z.string().max(4000).optional(),
  json: z.json().optional(),
  header: z.record(z.string(), z.string()).optional(),
});

export type Expectation = z.infer<typeof expectationSchema>;

export const proofMethodSchema = z.enum([
  'static',
  'command',
  'http',
  'browser',
  'pty',
  'inspection',
  'judgement',
]);
export type ProofMethod = z.infer<typeof proofMethodSchema>;

/** The methods the engine of this version can carry out; a contract that needs another is refused before approval. */
export const provableMethods: readonly ProofMethod[] = ['static', 'command', 'http'];

/** One request of an `http` proof, sent from outside to the product's services. */
export const proofStepSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']).default('GET'),
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().max(8000).optional(),
  expected: expectationSchema.optional(),
});

export type ProofStep = z.infer<typeof proofStepSchema>;

/** A file of the contract, laid out read-only in `CONTRACT_DIR/<assertion id>/` and never taken from the repository. */
export const proofFileSchema = z.union([
  z.strictObject({ path: relativePath, content: z.string().max(32_000) }),
  z.strictObject({ path: relativePath, artifact: digestSchema }),
]);

export const proofSchema = z.strictObject({
  method: proofMethodSchema,
  files: z.array(proofFileSchema).max(50).default([]),
  setup: z.string().max(4000).optional(),
  steps: z.array(proofStepSchema).max(50).default([]),
  command: z.string().min(1).max(4000).optional(),
  expected: expectationSchema.default({}),
  evidence: z.array(z.string().max(200)).max(20).default([]),
  timeoutSec: z.number().positive().max(3600).default(60),
});

export type Proof = z.infer<typeof proofSchema>;

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
  negativeControl: z.string().max(4000).optional(),
});

export type Assertion = z.infer<typeof assertionSchema>;

export const contractDraftSchema = z.strictObject({
  assertions: z.array(assertionSchema).min(1).max(500),
  /** Paths taken from the base commit when proving; a diff to one of them is a finding. */
  protected: z.array(relativePath).max(100).default([]),
});

export type ContractDraft = z.infer<typeof contractDraftSchema>;

export const verdictSchema = z.enum(['pass', 'fail', 'inconclusive', 'blocked', 'not_run']);
export type Verdict = z.infer<typeof verdictSchema>;

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
