import { actorSchema } from '@missions/kernel';
import { z } from 'zod';
import { claimIdSchema, tokenSchema } from '../claim.ts';
import { interventionReasonSchema } from './intervention.events.ts';

const byPerson = { by: actorSchema, reason: interventionReasonSchema };

/** A person ends a grant. Refused without confirmation, with what would be lost. Idempotent by claim id and token. */
export const revokeClaimSchema = z.strictObject({
  type: z.literal('RevokeClaim'),
  data: z.strictObject({
    claimId: claimIdSchema,
    token: tokenSchema,
    confirm: z.boolean(),
    ...byPerson,
  }),
});
export type RevokeClaim = z.infer<typeof revokeClaimSchema>;

/** A person lets a holder keep what it holds for at least so long from now. */
export const extendLeaseSchema = z.strictObject({
  type: z.literal('ExtendLease'),
  data: z.strictObject({
    claimId: claimIdSchema,
    token: tokenSchema,
    forMs: z.int().min(1).max(604_800_000),
    ...byPerson,
  }),
});
export type ExtendLease = z.infer<typeof extendLeaseSchema>;

/** A person gives a waiting claim another place. Idempotent by the place. */
export const moveWaiterSchema = z.strictObject({
  type: z.literal('MoveWaiter'),
  data: z.strictObject({ claimId: claimIdSchema, before: claimIdSchema.exactOptional(), ...byPerson }),
});
export type MoveWaiter = z.infer<typeof moveWaiterSchema>;

export const interventionCommandSchemas = [revokeClaimSchema, extendLeaseSchema, moveWaiterSchema] as const;
export type InterventionCommand = z.infer<(typeof interventionCommandSchemas)[number]>;
