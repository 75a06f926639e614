import { z } from 'zod';
import { releasedChangeSchema } from './change.ts';
import { claimIdSchema, claimSchema, tokenSchema } from './claim.ts';
import { interventionCommandSchemas } from './intervention/intervention.commands.ts';
import { poolSchema } from './leasing.events.ts';
import { negotiationCommandSchemas } from './negotiation/negotiation.commands.ts';
import { wantSchema } from './want.ts';

/** Asks for resources: granted at once, or queued behind everybody who came first. Idempotent by claim id. */
export const requestClaimSchema = z.strictObject({ type: z.literal('RequestClaim'), data: claimSchema });
export type RequestClaim = z.infer<typeof requestClaimSchema>;

const heldClaim = z.strictObject({ claimId: claimIdSchema, token: tokenSchema });

/**
 * The holder gives everything of a claim back; `change` is the commit its accepted work on it led to, which whoever is granted
 * the same next is told of. Idempotent by claim id and token.
 */
export const releaseClaimSchema = z.strictObject({
  type: z.literal('ReleaseClaim'),
  data: heldClaim.extend({ change: releasedChangeSchema.exactOptional() }),
});
export type ReleaseClaim = z.infer<typeof releaseClaimSchema>;

/**
 * The holder keeps only this much: fewer or deeper resources, weaker modes, fewer units. Takes back a wish to upgrade. The
 * token stays. Idempotent by what is kept.
 */
export const narrowClaimSchema = z.strictObject({
  type: z.literal('NarrowClaim'),
  data: heldClaim.extend({ resources: z.array(wantSchema).min(1).max(256).readonly() }),
});
export type NarrowClaim = z.infer<typeof narrowClaimSchema>;

/**
 * The holder wants alone what it holds as U; it waits for the readers beside it, and nobody new may read meanwhile. The token
 * stays: while it held U nobody else can have written. Idempotent by claim id and token.
 */
export const upgradeClaimSchema = z.strictObject({ type: z.literal('UpgradeClaim'), data: heldClaim });
export type UpgradeClaim = z.infer<typeof upgradeClaimSchema>;

/** A waiting owner leaves the queue. Refused once the claim was granted, so that nobody forgets to release. */
export const withdrawClaimSchema = z.strictObject({
  type: z.literal('WithdrawClaim'),
  data: z.strictObject({ claimId: claimIdSchema }),
});
export type WithdrawClaim = z.infer<typeof withdrawClaimSchema>;

/** The sweeper found that a lease ran out by the database's clock. */
export const expireLeaseSchema = z.strictObject({ type: z.literal('ExpireLease'), data: heldClaim });
export type ExpireLease = z.infer<typeof expireLeaseSchema>;

/** Says how many units a pool has. Refused below what somebody waits for; what is held beyond it is left to its holders. */
export const sizePoolSchema = z.strictObject({ type: z.literal('SizePool'), data: poolSchema });
export type SizePool = z.infer<typeof sizePoolSchema>;

/** Does what is due only because time passed: grants after a lock-delay, ends negotiations past their deadline. */
export const serveQueueSchema = z.strictObject({ type: z.literal('ServeQueue'), data: z.strictObject({}) });
export type ServeQueue = z.infer<typeof serveQueueSchema>;

export const leasingCommandSchema = z.discriminatedUnion('type', [
  requestClaimSchema,
  releaseClaimSchema,
  narrowClaimSchema,
  upgradeClaimSchema,
  withdrawClaimSchema,
  expireLeaseSchema,
  sizePoolSchema,
  serveQueueSchema,
  ...negotiationCommandSchemas,
  ...interventionCommandSchemas,
]);
export type LeasingCommand = z.infer<typeof leasingCommandSchema>;
