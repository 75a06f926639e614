import { actorSchema } from '@missions/kernel';
import { z } from 'zod';
import { claimIdSchema, grantSchema } from '../claim.ts';
import { closureSchema } from '../closure.ts';

const instantSchema = z.iso.datetime();
export const interventionReasonSchema = z.string().min(1).max(1000);
const bySomebody = { by: actorSchema, reason: interventionReasonSchema };

/** A person took the resources from their holder; what cannot check a token stays closed for the lock-delay. */
export const lockRevokedSchema = z.strictObject({
  type: z.literal('LockRevoked'),
  data: grantSchema.extend({
    ...bySomebody,
    revokedAt: instantSchema,
    closed: z.array(closureSchema).readonly(),
  }),
});

/** A person lets the holder keep the resources at least until then, renewed or not, whatever it promised. */
export const lockExtendedSchema = z.strictObject({
  type: z.literal('LockExtended'),
  data: grantSchema.extend({ ...bySomebody, until: instantSchema, extendedAt: instantSchema }),
});

/** A person gave a waiting claim another place: right before another one, or at the head of the queue. */
export const waiterMovedSchema = z.strictObject({
  type: z.literal('WaiterMoved'),
  data: z.strictObject({
    claimId: claimIdSchema,
    before: claimIdSchema.exactOptional(),
    ...bySomebody,
    movedAt: instantSchema,
  }),
});

export const interventionEventSchemas = [lockRevokedSchema, lockExtendedSchema, waiterMovedSchema] as const;
export type InterventionEvent = z.infer<(typeof interventionEventSchemas)[number]>;
export type LockRevoked = z.infer<typeof lockRevokedSchema>;
export type WaiterMoved = z.infer<typeof waiterMovedSchema>;
