import { z } from 'zod';
import { claimIdSchema, claimSchema, tokenSchema } from './claim.ts';

/** Asks for resources: granted at once, or queued behind everybody who came first. Idempotent by claim id. */
export const requestClaimSchema = z.strictObject({ type: z.literal('RequestClaim'), data: claimSchema });
export type RequestClaim = z.infer<typeof requestClaimSchema>;

const heldClaim = z.strictObject({ claimId: claimIdSchema, token: tokenSchema });

/** The holder gives everything of a claim back. Idempotent by claim id and token. */
export const releaseClaimSchema = z.strictObject({ type: z.literal('ReleaseClaim'), data: heldClaim });
export type ReleaseClaim = z.infer<typeof releaseClaimSchema>;

/** A waiting owner leaves the queue. Refused once the claim was granted, so that nobody forgets to release. */
export const withdrawClaimSchema = z.strictObject({
  type: z.literal('WithdrawClaim'),
  data: z.strictObject({ claimId: claimIdSchema }),
});
export type WithdrawClaim = z.infer<typeof withdrawClaimSchema>;

/** The sweeper found that a lease ran out by the database's clock. */
export const expireLeaseSchema = z.strictObject({ type: z.literal('ExpireLease'), data: heldClaim });
export type ExpireLease = z.infer<typeof expireLeaseSchema>;

/** Grants what has become grantable only because time passed: the end of a lock-delay. */
export const serveQueueSchema = z.strictObject({ type: z.literal('ServeQueue'), data: z.strictObject({}) });
export type ServeQueue = z.infer<typeof serveQueueSchema>;

export const leasingCommandSchema = z.discriminatedUnion('type', [
  requestClaimSchema,
  releaseClaimSchema,
  withdrawClaimSchema,
  expireLeaseSchema,
  serveQueueSchema,
]);
export type LeasingCommand = z.infer<typeof leasingCommandSchema>;
