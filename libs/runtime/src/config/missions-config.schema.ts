import {
  capabilitiesSchema,
  modelChoiceSchema,
  ownKeyVariable,
  pricesSchema,
  providerSchema,
} from '@missions/models';
import { integrationSchema, stanceSchema } from '@missions/mission';
import { defaultSandboxUids } from '@missions/workspace';
import { z } from 'zod';
import { deliverySchema } from './delivery.schema.ts';
import { mcpSchema } from './mcp.schema.ts';

const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/u;

// A secret is named, never written down; what cannot be the name of a variable is most likely the secret itself.
const configuredProviderSchema = providerSchema.refine(
  (provider) => environmentName.test(ownKeyVariable(provider) ?? 'none'),
  { path: ['apiKeyEnv'], error: 'names an environment variable, it never holds the secret itself' },
);

const egressEntrySchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  private: z.boolean().default(false),
});

const sandboxSchema = z.strictObject({
  provider: z.enum(['auto', 'bubblewrap', 'external', 'none']).default('auto'),
  /** An admin's explicit word that agents may run without a sandbox; needed besides `provider: none`. */
  allowUnsandboxed: z.boolean().default(false),
  toolchain: z.string().min(1).default('auto'),
  /** A Chromium or Chrome program; where absent the system's, else one that is fetched when a proof first needs it. */
  browser: z.string().startsWith('/').optional(),
  egress: z.array(egressEntrySchema).default([]),
  /** Users that sandboxes get when a service runs as root: the first for the engine, one of the others for each mission. */
  uids: z
    .strictObject({
      first: z.int().min(1).max(4_000_000_000).default(defaultSandboxUids.first),
      count: z.int().min(2).max(100_000).default(defaultSandboxUids.count),
    })
    .prefault({}),
});

const validatorsSchema = z.strictObject({
  /** Validators must use another family of models than workers: one family shares its blind spots. */
  otherFamily: z.boolean().default(false),
  /** What a user tester may try beyond the flows of the milestone's assertions. */
  exploration: z.strictObject({ maxTurns: z.int().min(0).max(1000).default(12) }).prefault({}),
});

const durationMs = z.int().min(1).max(86_400_000);

const limitsSchema = z
  .strictObject({
    maxTurnsPerRun: z.int().min(1).max(10_000).default(200),
    maxTokensPerTurn: z.int().min(256).max(1_000_000).default(16_000),
    /** How long nothing of a run may move while its holder is alive, before it is stopped; half of it raises an alert. */
    runStallMin: z.number().positive().max(1440).default(15),
    /** How long a run may wait to be claimed before an alert says so. */
    runUnclaimedMin: z.number().positive().max(1440).default(5),
    /** How long a run may wait for what other missions hold, before its mission is blocked and a person is asked. */
    lockWaitMin: z.number().positive().max(10_080).default(60),
    /** How many browsers user testing may have open at once on all hosts: the units of `pool:/local/browser`. */
    browsers: z.int().min(1).max(1000).default(2),
    fixRoundsPerMilestone: z.int().min(0).max(100).default(3),
    leaseTtlMs: durationMs.default(20_000),
    leaseRenewMs: durationMs.default(5000),
    /** How long ports, environments and browsers stay closed after a lease ran out. */
    lockDelayMs: z.int().min(0).max(86_400_000).default(10_000),
    /** How long owners of resources that would wait for each other for ever may talk before one of them loses its claim. */
    cycleTalkMs: z.int().min(0).max(3_600_000).default(10_000),
    /** How long a waiting run and those in its way may talk about who gives way; 0: they never talk. */
    negotiateMs: z.int().min(0).max(3_600_000).default(30_000),
    sweepMs: durationMs.default(1000),
    pollMs: durationMs.default(2000),
    /** How long a service may take to stop before it is cut off. */
    stopMs: durationMs.default(15_000),
    /** How long a service waits for Postgres and NATS when it starts. */
    startupMs: durationMs.default(60_000),
  })
  .refine(({ leaseRenewMs, leaseTtlMs }) => leaseRenewMs * 2 <= leaseTtlMs, {
    path: ['leaseRenewMs'],
    error: 'a lease must be renewed at least twice in its time to live (leaseTtlMs)',
  });

const resourcesSchema = z.strictObject({
  /** How many units a resource has of which there are several alike: `pool:/<host>/<name>: 4`. */
  pools: z
    .record(
      z.string().regex(/^pool:\/[^/\s]+\/[^/\s]+$/u, 'a pool is named pool:/<host>/<name>'),
      z.int().min(1).max(1_000_000),
    )
    .default({}),
});

const runsSchema = z.strictObject({
  /** How many runs one replica drives at once. */
  slots: z.int().min(1).max(64).default(1),
  labels: z.array(z.string().min(1)).default([]),
});

const httpSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free port, which the log then names. */
  port: z.int().min(0).max(65_535).default(0),
});

const logSchema = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** The whole configuration of the system; connections and secrets are not part of it, they come from the environment. */
export const missionsConfigSchema = z.strictObject({
  models: z
    .strictObject({
      orchestrator: modelChoiceSchema.optional(),
      worker: modelChoiceSchema.optional(),
      scrutiny: modelChoiceSchema.optional(),
      user_testing: modelChoiceSchema.optional(),
      researcher: modelChoiceSchema.optional(),
    })
    .prefault({}),
  providers: z
    .record(z.string().regex(/^[^/\s]+$/u, 'a provider name has no slash'), configuredProviderSchema)
    .prefault({ anthropic: { kind: 'anthropic' } }),
  prices: pricesSchema.prefault({}),
  capabilities: capabilitiesSchema.prefault({}),
  validators: validatorsSchema.prefault({}),
  sandbox: sandboxSchema.prefault({}),
  mcp: mcpSchema.prefault({}),
  delivery: deliverySchema.prefault({}),
  /** Of new missions, unless they say otherwise: whether they lock the files they touch and see the work of others that do. */
  integration: integrationSchema.default('isolated'),
  /** Of new missions, unless they say otherwise: how they talk about what they share. */
  stance: stanceSchema.default('neutral'),
  limits: limitsSchema.prefault({}),
  runs: runsSchema.prefault({}),
  resources: resourcesSchema.prefault({}),
  http: httpSchema.prefault({}),
  log: logSchema.prefault({}),
});

export type MissionsConfig = Readonly<z.infer<typeof missionsConfigSchema>>;

/** The configuration as JSON Schema, for editors and the reference. */
export function missionsConfigJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(missionsConfigSchema, { io: 'input' });
}
