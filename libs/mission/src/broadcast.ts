import { z } from 'zod';
import { missionIdSchema } from './ids.ts';

/** A fact for many readers; every later run is given the unexpired ones by version. */
export const broadcastDraftSchema = z.strictObject({
  kind: z.enum([
    'constraint',
    'decision',
    'environment_change',
    'plan_revision',
    'user_directive',
    'discovery',
    'warning',
  ]),
  audience: z.union([z.literal('all'), z.array(z.string().min(1).max(64)).min(1).max(50)]).default('all'),
  title: z.string().min(1).max(200),
  body: z.string().max(8000),
  priority: z.enum(['info', 'important', 'must_read']).default('info'),
  effectiveFrom: z.enum(['now', 'next_run']).default('next_run'),
  supersedes: z.int().positive().optional(),
  expiresAt: z.iso.datetime().optional(),
});

export type BroadcastDraft = z.infer<typeof broadcastDraftSchema>;

/** Files that this mission and another changed while neither waits for the other: all of them that the broadcast names. */
export const overlapSchema = z.strictObject({
  missionId: missionIdSchema,
  paths: z.array(z.string().min(1).max(1000)).min(1),
  /** There are others beside those named. */
  more: z.boolean(),
});

export type Overlap = z.infer<typeof overlapSchema>;
