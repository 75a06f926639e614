import { z } from 'zod';

/** A Git diff of a mission's work. */
export const diffSchema = z
  .strictObject({
    missionId: z.string(),
    from: z.string(),
    to: z.string(),
    files: z.array(
      z.strictObject({
        path: z.string(),
        status: z.string(),
        previousPath: z.string().optional(),
        additions: z.int().optional(),
        deletions: z.int().optional(),
      }),
    ),
    patch: z.string(),
    truncated: z.boolean(),
  })
  .meta({ id: 'Diff' });
export type DiffView = z.infer<typeof diffSchema>;

/** What brings a mission's branch to a repository that has its base: bundles by digest, oldest first. */
export const bundlesSchema = z
  .strictObject({
    missionId: z.string(),
    branch: z.string(),
    repository: z.string(),
    kind: z.enum(['local', 'remote']),
    baseSha: z.string(),
    /** Undefined while nothing was accepted. */
    headSha: z.string().optional(),
    bundles: z.array(z.strictObject({ sha: z.string(), digest: z.string(), featureId: z.string() })),
  })
  .meta({ id: 'Bundles' });
export type BundlesView = z.infer<typeof bundlesSchema>;

/** One page of what a run said and did; long texts are named by digest. */
export const transcriptSchema = z
  .strictObject({
    runId: z.string(),
    entries: z.array(
      z.strictObject({
        version: z.int(),
        type: z.string(),
        at: z.string(),
        token: z.int().optional(),
        data: z.unknown(),
      }),
    ),
    /** Where to go on; undefined at the end. */
    next: z.int().optional(),
  })
  .meta({ id: 'Transcript' });
export type TranscriptView = z.infer<typeof transcriptSchema>;

export const auditSchema = z
  .strictObject({
    ok: z.boolean(),
    streams: z.array(
      z.strictObject({
        stream: z.string(),
        versions: z.int(),
        head: z.string(),
        ok: z.boolean(),
        problem: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Audit' });
export type AuditView = z.infer<typeof auditSchema>;

const role = z.enum(['viewer', 'operator', 'admin']);
const kind = z.enum(['person', 'agent']);

export const meSchema = z
  .strictObject({ tokenId: z.string(), person: z.string(), role, kind })
  .meta({ id: 'Me' });
export type MeView = z.infer<typeof meSchema>;

const tokenSchema = meSchema.extend({ createdAt: z.string(), expiresAt: z.string().optional() });
export const tokenListSchema = z.array(tokenSchema.meta({ id: 'Token' }));

/** An agent's token may read, but never decide anything. */
export const newTokenBodySchema = z
  .strictObject({
    person: z.string().trim().min(1).max(200),
    role,
    kind: kind.default('person'),
    expiresInDays: z.number().positive().max(3650).optional(),
  })
  .meta({ id: 'NewToken' });

export const newTokenSchema = tokenSchema.extend({ token: z.string() }).meta({ id: 'IssuedToken' });

export const readinessSchema = z
  .strictObject({ ready: z.boolean(), checks: z.record(z.string(), z.string()) })
  .meta({ id: 'Readiness' });
