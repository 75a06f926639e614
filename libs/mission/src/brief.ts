import { z } from 'zod';
import { requirementIdSchema, shaSchema } from './ids.ts';

const text = z.string().min(1).max(8000);
const texts = z.array(text).max(200).default([]);

export const constraintSchema = z.strictObject({
  id: z.string().min(1).max(64),
  text,
  kind: z.string().min(1).max(64).default('constraint'),
});

/** One stated need, traced to the message it came from. */
export const requirementSchema = z.strictObject({
  id: requirementIdSchema,
  text,
  source: z.string().max(2000).default('goal'),
});

export const assumptionSchema = z.strictObject({
  id: z.string().min(1).max(64),
  text,
  risk: z.string().max(2000).default(''),
  acceptedBy: z.string().optional(),
});

const command = z.string().max(4000).optional();

/**
 * How the product is set up, started and checked; `setup` is run by the engine, never by an agent. `lint`, `types`, `build`
 * and `test` are executed by scrutiny at every milestone.
 */
export const environmentSchema = z.strictObject({
  setup: command,
  start: command,
  test: command,
  lint: command,
  types: command,
  build: command,
});

/** The agreed outcome of scoping, as an agent drafts it; what the mission already knows is not in it. */
export const briefDraftSchema = z.strictObject({
  title: z.string().min(1).max(200),
  goal: text,
  background: z.string().max(8000).default(''),
  users: texts,
  inScope: texts,
  outOfScope: texts,
  constraints: z.array(constraintSchema).max(100).default([]),
  requirements: z.array(requirementSchema).max(200).default([]),
  assumptions: z.array(assumptionSchema).max(100).default([]),
  environment: environmentSchema.default({}),
});

export type BriefDraft = z.infer<typeof briefDraftSchema>;

/** What a scope run knows so far. */
export const briefSketchSchema = briefDraftSchema.partial();
export type BriefSketch = z.infer<typeof briefSketchSchema>;

/** Where the mission starts: `baseSha` is fixed at creation; an empty repository has the root commit of an empty tree. */
export const repositorySchema = z.strictObject({
  url: z.string().min(1).max(4000),
  kind: z.enum(['local', 'remote']),
  baseBranch: z.string().min(1).max(400),
  baseSha: shaSchema,
  /** Digest of the base bundle, stored for a local repository so that any host can rebuild it. */
  baseBundle: z.string().optional(),
});

export type Repository = z.infer<typeof repositorySchema>;

/** How much a mission may decide without a person. */
export const autonomySchema = z.enum(['supervised', 'autonomous', 'report_only']);
export type Autonomy = z.infer<typeof autonomySchema>;

const usd = z.number().positive().max(1_000_000);
const minutes = z.number().positive().max(1_000_000);
const turns = z.int().positive().max(1_000_000);

/**
 * What a mission may use; an absent limit is none. Money in US dollars; warnings as fractions of `maxCostUsd` and of
 * `maxWallClockMin`. What is said of a feature covers its attempts and the fixes that are charged to it.
 */
export const budgetLimitsSchema = z.strictObject({
  maxCostUsd: usd.optional(),
  /** Minutes in which somebody works on the mission: the time its runs are held. */
  maxWallClockMin: minutes.optional(),
  maxTurns: turns.optional(),
  maxCostUsdPerFeature: usd.optional(),
  maxTurnsPerFeature: turns.optional(),
  maxWallClockMinPerFeature: minutes.optional(),
  maxCostUsdPerRun: usd.optional(),
  maxWallClockMinPerRun: minutes.optional(),
  warnAt: z.array(z.number().gt(0).max(1)).default([0.5, 0.8]),
  onExceeded: z.enum(['block', 'stop']).default('block'),
  /** What one claim may spend before it has to ask again. */
  sliceUsd: z.number().positive().default(5),
});

export type BudgetLimits = z.infer<typeof budgetLimitsSchema>;

/** The limits a person may raise while the mission goes on. */
export const raisableLimitsSchema = budgetLimitsSchema
  .pick({
    maxCostUsd: true,
    maxWallClockMin: true,
    maxTurns: true,
    maxCostUsdPerFeature: true,
    maxTurnsPerFeature: true,
    maxWallClockMinPerFeature: true,
    maxCostUsdPerRun: true,
    maxWallClockMinPerRun: true,
  })
  .partial();

export type RaisableLimits = z.infer<typeof raisableLimitsSchema>;

/** Caps that keep a mission from going round in circles; taken from configuration when the mission is created. */
export const missionLimitsSchema = z.strictObject({
  maxTurnsPerRun: z.int().positive().default(200),
  scopingRounds: z.int().positive().default(5),
  planRounds: z.int().positive().default(3),
  fixRoundsPerMilestone: z.int().nonnegative().default(3),
  attemptsPerRun: z.int().positive().default(3),
  releasesPerRun: z.int().nonnegative().default(3),
});

export type MissionLimits = z.infer<typeof missionLimitsSchema>;
