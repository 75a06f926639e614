import { z } from 'zod';
import { changedBySchema, releasedChangeSchema } from './change.ts';
import { claimSchema, grantSchema } from './claim.ts';
import { closureSchema } from './closure.ts';
import { interventionEventSchemas } from './intervention/intervention.events.ts';
import { negotiationEventSchemas, negotiationIdSchema } from './negotiation/negotiation.events.ts';
import { resourceTextSchema, unitsSchema } from './want.ts';

const instantSchema = z.iso.datetime();

/** A claim took its place in the queue. */
export const lockRequestedSchema = z.strictObject({
  type: z.literal('LockRequested'),
  data: claimSchema.extend({ requestedAt: instantSchema }),
});

/** The claim holds all its resources. The fencing token is the version of this very event. */
export const lockGrantedSchema = z.strictObject({
  type: z.literal('LockGranted'),
  data: claimSchema.extend({
    grantedAt: instantSchema,
    /** The newest commit of each other mission that changed something of it, oldest change first. */
    changedBy: changedBySchema.exactOptional(),
  }),
});

/** The holder gave the resources back. */
export const lockReleasedSchema = z.strictObject({
  type: z.literal('LockReleased'),
  data: grantSchema.extend({
    releasedAt: instantSchema,
    /** What the owner's accepted work on it led to. */
    change: releasedChangeSchema.exactOptional(),
    /** The holder agreed to it in this negotiation. */
    negotiationId: negotiationIdSchema.exactOptional(),
  }),
});

/** The lease ran out without renewal; what cannot check a token stays closed for the lock-delay. */
export const lockExpiredSchema = z.strictObject({
  type: z.literal('LockExpired'),
  data: grantSchema.extend({
    expiredAt: instantSchema,
    closed: z.array(closureSchema).readonly(),
    /** Its time was up by what the holder promised in this negotiation. */
    negotiationId: negotiationIdSchema.exactOptional(),
  }),
});

/** A waiting claim left the queue. */
export const lockWithdrawnSchema = z.strictObject({
  type: z.literal('LockWithdrawn'),
  data: claimSchema.extend({ withdrawnAt: instantSchema }),
});

/** The holder keeps only these resources, in these modes; the token stays. */
export const lockNarrowedSchema = z.strictObject({
  type: z.literal('LockNarrowed'),
  data: grantSchema.extend({
    narrowedAt: instantSchema,
    /** The holder agreed to it in this negotiation. */
    negotiationId: negotiationIdSchema.exactOptional(),
  }),
});

/** The holder waits to be alone with what it holds as U. */
export const lockUpgradeRequestedSchema = z.strictObject({
  type: z.literal('LockUpgradeRequested'),
  data: grantSchema.extend({ requestedAt: instantSchema }),
});

/** The holder is alone with what it held as U; the token stays. */
export const lockUpgradedSchema = z.strictObject({
  type: z.literal('LockUpgraded'),
  data: grantSchema.extend({ upgradedAt: instantSchema }),
});

/** How many units of a resource there are. */
export const poolSchema = z.strictObject({ resource: resourceTextSchema, capacity: unitsSchema });

export const poolSizedSchema = z.strictObject({
  type: z.literal('PoolSized'),
  data: poolSchema.extend({ sizedAt: instantSchema }),
});

export const leasingEventSchema = z.discriminatedUnion('type', [
  lockRequestedSchema,
  lockGrantedSchema,
  lockReleasedSchema,
  lockExpiredSchema,
  lockWithdrawnSchema,
  lockNarrowedSchema,
  lockUpgradeRequestedSchema,
  lockUpgradedSchema,
  poolSizedSchema,
  ...negotiationEventSchemas,
  ...interventionEventSchemas,
]);
export type LeasingEvent = z.infer<typeof leasingEventSchema>;
export type LockRequested = z.infer<typeof lockRequestedSchema>;
export type LockGranted = z.infer<typeof lockGrantedSchema>;
export type LockReleased = z.infer<typeof lockReleasedSchema>;
export type LockExpired = z.infer<typeof lockExpiredSchema>;
export type LockUpgraded = z.infer<typeof lockUpgradedSchema>;
export type LockWithdrawn = z.infer<typeof lockWithdrawnSchema>;
export type LockNarrowed = z.infer<typeof lockNarrowedSchema>;
