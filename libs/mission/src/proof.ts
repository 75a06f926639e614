import { z } from 'zod';
import { expectationSchema } from './expectation.ts';
import { digestSchema } from './ids.ts';
import { inspectionRuleSchema } from './inspection-rule.ts';
import { proofStepSchema } from './proof-step.ts';

/** A path inside a folder: relative, and leading nowhere else. */
export const relativePathSchema = z
  .string()
  .min(1)
  .max(400)
  .refine(
    (path) => !path.startsWith('/') && !path.split('/').some((part) => part === '..' || part === ''),
    'a path inside its folder, without ".." or a leading "/"',
  );

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

/** A file of the contract, laid out read-only in `CONTRACT_DIR/<assertion id>/` and never taken from the repository. */
export const proofFileSchema = z.union([
  z.strictObject({ path: relativePathSchema, content: z.string().max(32_000) }),
  z.strictObject({ path: relativePathSchema, artifact: digestSchema }),
]);

/**
 * How the engine decides an assertion. `command` is what `static` and `command` execute, the program on the terminal of a
 * `pty`, and for a `judgement` what shows the evidence; `steps` belong to `http`, `browser`, `pty` and `judgement`, `rules` to
 * `inspection`, and `question` is what two models answer about the evidence of a `judgement`, without seeing anything else.
 */
export const proofSchema = z.strictObject({
  method: proofMethodSchema,
  files: z.array(proofFileSchema).max(50).default([]),
  setup: z.string().max(4000).optional(),
  steps: z.array(proofStepSchema).max(50).default([]),
  command: z.string().min(1).max(4000).optional(),
  rules: z.array(inspectionRuleSchema).max(50).optional(),
  question: z.string().min(1).max(4000).optional(),
  expected: expectationSchema.default({}),
  evidence: z.array(z.string().max(200)).max(20).default([]),
  timeoutSec: z.number().positive().max(3600).default(60),
});

export type Proof = z.infer<typeof proofSchema>;

/**
 * A variant of the product that has to fail the proof: in words, for those who try to refute; or with `break`, a command that
 * the engine runs in a clean room of its own before the same proof, which then must not be met.
 */
export const negativeControlSchema = z.union([
  z.string().max(4000),
  z.strictObject({ description: z.string().min(1).max(4000), break: z.string().min(1).max(4000) }),
]);

export type NegativeControl = z.infer<typeof negativeControlSchema>;
