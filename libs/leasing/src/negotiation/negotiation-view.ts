import { z } from 'zod';
import { claimIdSchema, claimSchema, ownerSchema } from '../claim.ts';
import { holderSchema, negotiationIdSchema, proposalIdSchema } from './negotiation.events.ts';
import type { Negotiation } from './negotiation.ts';
import { offerSchema } from './offer.ts';

const instantSchema = z.iso.datetime();

/** A negotiation as people and negotiators read it, with everything that was said; what a newer service adds is left out. */
export const negotiationViewSchema = z.object({
  negotiationId: negotiationIdSchema,
  cause: z.enum(['wait', 'cycle']),
  claimId: claimIdSchema,
  owner: ownerSchema,
  /** What the claim wanted when it asked; an older service does not say. */
  resources: claimSchema.shape.resources.default([]),
  holders: z.array(holderSchema.extend({ owner: ownerSchema })).readonly(),
  cycle: z.array(ownerSchema).readonly().exactOptional(),
  reason: z.string().exactOptional(),
  openedAt: instantSchema,
  deadline: instantSchema,
  rounds: z.int().nonnegative(),
  proposals: z
    .array(
      z.object({
        proposalId: proposalIdSchema,
        from: z.enum(['holder', 'asker']),
        holder: holderSchema,
        offer: offerSchema,
        madeAt: instantSchema,
        expires: instantSchema,
        state: z.enum(['open', 'replaced', 'accepted']),
      }),
    )
    .readonly(),
  outcome: z
    .object({ how: z.enum(['settled', 'timeout', 'refused', 'stale']), at: instantSchema })
    .exactOptional(),
});
export type NegotiationView = Readonly<z.infer<typeof negotiationViewSchema>>;

/** A promise whose time is still to come. */
export const commitmentViewSchema = z.object({
  negotiationId: negotiationIdSchema,
  ...holderSchema.shape,
  kind: z.enum(['release_at', 'hand_over_at_checkpoint']),
  until: instantSchema,
});

export function negotiationView(negotiation: Negotiation): NegotiationView {
  return { ...negotiation, holders: [...negotiation.holders], proposals: [...negotiation.proposals] };
}
