import { z } from 'zod';
import { claimIdSchema, tokenSchema } from '../claim.ts';
import { wantSchema } from '../want.ts';

const wantsSchema = z.array(wantSchema).min(1).max(256).readonly();
const reasonSchema = z.string().min(1).max(1000);
/** At most a day; durations, since nobody's clock but the database's counts. */
const inMsSchema = z.int().min(0).max(86_400_000);

/** Keeps only this much of the grant, at once. */
export const narrowOfferSchema = z.strictObject({ kind: z.literal('narrow'), keep: wantsSchema });
/** Holds nothing more strongly than this any more, at once. */
export const downgradeOfferSchema = z.strictObject({
  kind: z.literal('downgrade'),
  to: z.enum(['S', 'U']),
});
/** Holder and asker both read what they both name, at once. */
export const shareOfferSchema = z.strictObject({ kind: z.literal('share') });
/** Gives the whole grant for the one the asker's owner holds under this claim and token; both or none. */
export const swapOfferSchema = z.strictObject({
  kind: z.literal('swap'),
  forClaimId: claimIdSchema,
  forToken: tokenSchema,
});
export const refuseOfferSchema = z.strictObject({
  kind: z.literal('refuse'),
  reason: reasonSchema.exactOptional(),
});

/** What a holder may propose, as it is asked for: later times are durations from the decision. */
export const offerInputSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('release_at'), inMs: inMsSchema }),
  z.strictObject({ kind: z.literal('hand_over_at_checkpoint'), withinMs: inMsSchema }),
  narrowOfferSchema,
  downgradeOfferSchema,
  shareOfferSchema,
  swapOfferSchema,
  refuseOfferSchema,
]);
export type OfferInput = z.output<typeof offerInputSchema>;

/** The same as a fact: later times are instants of the database's clock. */
export const offerSchema = z.discriminatedUnion('kind', [
  /** The lease is not renewed beyond this instant. */
  z.strictObject({ kind: z.literal('release_at'), at: z.iso.datetime() }),
  /** The holder gives back at its next checkpoint, and at the latest at this instant. */
  z.strictObject({ kind: z.literal('hand_over_at_checkpoint'), latestAt: z.iso.datetime() }),
  narrowOfferSchema,
  downgradeOfferSchema,
  shareOfferSchema,
  swapOfferSchema,
  refuseOfferSchema,
]);
export type Offer = z.output<typeof offerSchema>;
export type OfferKind = Offer['kind'];
