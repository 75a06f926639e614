import { z } from 'zod';
import { assertionIdSchema, featureIdSchema, findingIdSchema, milestoneIdSchema } from './ids.ts';

const texts = z.array(z.string().min(1).max(4000)).max(100).default([]);

/** A service of the product, started and health-checked by the engine for `http` proofs. */
export const productServiceSchema = z.strictObject({
  name: z.string().min(1).max(64),
  start: z.string().min(1).max(4000),
  stop: z.string().max(4000).optional(),
  health: z.url({ protocol: /^https?$/ }).optional(),
  port: z.int().min(1).max(65_535).optional(),
  logs: z.string().max(400).optional(),
});

export type ProductService = z.infer<typeof productServiceSchema>;

export const milestoneSchema = z.strictObject({
  id: milestoneIdSchema,
  title: z.string().min(1).max(200),
  goal: z.string().max(4000).default(''),
  maxFixRounds: z.int().nonnegative().max(20).optional(),
});

export type MilestoneDefinition = z.infer<typeof milestoneSchema>;

export const featureKindSchema = z.enum(['planned', 'fix', 'follow_up']);

/** What one worker does in one run. `touches` are resource patterns; a fix is charged to its root feature. */
export const featureSchema = z.strictObject({
  id: featureIdSchema,
  milestoneId: milestoneIdSchema,
  order: z.int().nonnegative().default(0),
  title: z.string().min(1).max(200),
  description: z.string().max(8000).default(''),
  preconditions: texts,
  expectedBehavior: texts,
  fulfils: z.array(assertionIdSchema).max(100).default([]),
  touches: z.array(z.string().min(1).max(400)).max(100).default([]),
  dependsOn: z.array(featureIdSchema).max(100).default([]),
  kind: featureKindSchema.default('planned'),
  rootFeatureId: featureIdSchema.optional(),
  sourceFindingIds: z.array(findingIdSchema).max(100).default([]),
  retryBudget: z.int().nonnegative().max(20).optional(),
  skill: z.string().max(200).optional(),
  mayBeEmpty: z.boolean().optional(),
});

export type FeatureDefinition = z.infer<typeof featureSchema>;

/** A feature as triage or a conversation proposes it: the mission gives it its number. */
export const featureDraftSchema = featureSchema.omit({ id: true, order: true, kind: true }).extend({
  milestoneId: milestoneIdSchema.optional(),
});

export type FeatureDraft = z.infer<typeof featureDraftSchema>;

/** A range, never a promise; not part of what an approval is bound to. */
export const estimateSchema = z.strictObject({
  runs: z.int().nonnegative(),
  costUsdLow: z.number().nonnegative().optional(),
  costUsdHigh: z.number().nonnegative().optional(),
  minutes: z.number().nonnegative().optional(),
  basis: z.string().max(2000),
});

export type Estimate = z.infer<typeof estimateSchema>;

/** What finishing would cost on top of what is spent; figures are absent where nobody can know them, never guessed. */
export const toFinishSchema = z.strictObject({
  features: z.int().nonnegative(),
  costUsdLow: z.number().nonnegative().optional(),
  costUsdHigh: z.number().nonnegative().optional(),
  minutes: z.number().nonnegative().optional(),
  basis: z.string().max(2000),
});

export type ToFinish = z.infer<typeof toFinishSchema>;

/** The parts of a plan beside its milestones and features. */
export const planOutlineSchema = z.strictObject({
  summary: z.string().max(8000).default(''),
  architectureNotes: z.string().max(8000).default(''),
  alternatives: texts,
  services: z.array(productServiceSchema).max(20).default([]),
  risks: texts,
});

export type PlanOutline = z.infer<typeof planOutlineSchema>;

export const planDraftSchema = planOutlineSchema.extend({
  milestones: z.array(milestoneSchema).min(1).max(100),
  features: z.array(featureSchema).min(1).max(500),
  estimate: estimateSchema.optional(),
});

export type PlanDraft = z.infer<typeof planDraftSchema>;
