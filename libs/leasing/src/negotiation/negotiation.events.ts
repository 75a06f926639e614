import { z } from 'zod';
import { claimIdSchema, claimSchema, ownerSchema, tokenSchema } from '../claim.ts';
import { offerSchema } from './offer.ts';

const instantSchema = z.iso.datetime();
export const negotiationIdSchema = z.string().min(1).max(300);
export const proposalIdSchema = z.string().min(1).max(300);

/** A grant by its claim and its token; with another token it is another grant. */
export const holderSchema = z.strictObject({ claimId: claimIdSchema, token: tokenSchema });
export type Holder = Readonly<z.infer<typeof holderSchema>>;

/** A waiting claim asks those that hold what it wants to give way; it keeps its place in the queue meanwhile. */
export const negotiationOpenedSchema = z.strictObject({
  type: z.literal('NegotiationOpened'),
  data: z.strictObject({
    negotiationId: negotiationIdSchema,
    /** `cycle`: without an agreement by the deadline, a victim loses its claim. */
    cause: z.enum(['wait', 'cycle']),
    claim: claimSchema,
    holders: z
      .array(holderSchema.extend({ owner: ownerSchema }))
      .min(1)
      .readonly(),
    /** Who would wait for whom for ever, the asker first. */
    cycle: z.array(ownerSchema).readonly().exactOptional(),
    reason: z.string().max(1000).exactOptional(),
    deadline: instantSchema,
    openedAt: instantSchema,
  }),
});

const proposalFields = {
  negotiationId: negotiationIdSchema,
  proposalId: proposalIdSchema,
  /** The grant the offer is about. */
  holder: holderSchema,
  offer: offerSchema,
};

/** A holder says what it would do; binding until it expires. */
export const proposalMadeSchema = z.strictObject({
  type: z.literal('ProposalMade'),
  data: z.strictObject({ ...proposalFields, expires: instantSchema, madeAt: instantSchema }),
});

/** The asker wants other terms of this holder; binding until it expires. */
export const proposalCounteredSchema = z.strictObject({
  type: z.literal('ProposalCountered'),
  data: z.strictObject({
    ...proposalFields,
    /** The proposal it answers. */
    counters: proposalIdSchema,
    expires: instantSchema,
    counteredAt: instantSchema,
  }),
});

/** The other side agreed, while the holder still held with the same token. */
export const proposalAcceptedSchema = z.strictObject({
  type: z.literal('ProposalAccepted'),
  data: z.strictObject({ ...proposalFields, acceptedAt: instantSchema }),
});

/** Everybody in the way agreed; what they promised is done in the same decision, or enforced when its time comes. */
export const negotiationSettledSchema = z.strictObject({
  type: z.literal('NegotiationSettled'),
  data: z.strictObject({
    negotiationId: negotiationIdSchema,
    claimId: claimIdSchema,
    commitments: z
      .array(z.strictObject({ ...holderSchema.shape, offer: offerSchema }))
      .min(1)
      .readonly(),
    settledAt: instantSchema,
  }),
});

/** No agreement: nobody answered in time, somebody refused, or what it was about has moved on. The queue goes on. */
export const negotiationFailedSchema = z.strictObject({
  type: z.literal('NegotiationFailed'),
  data: z.strictObject({
    negotiationId: negotiationIdSchema,
    claimId: claimIdSchema,
    reason: z.enum(['timeout', 'refused', 'stale']),
    /** The claim that refused. */
    by: claimIdSchema.exactOptional(),
    failedAt: instantSchema,
  }),
});

/** A waiting claim asks for less than it did, and keeps its place. */
export const lockRequestNarrowedSchema = z.strictObject({
  type: z.literal('LockRequestNarrowed'),
  data: claimSchema.extend({ negotiationId: negotiationIdSchema, narrowedAt: instantSchema }),
});

/** A waiting claim lost its place, so that a circle of owners waiting for each other ends. */
export const lockDeniedSchema = z.strictObject({
  type: z.literal('LockDenied'),
  data: claimSchema.extend({ cycle: z.array(ownerSchema).readonly(), deniedAt: instantSchema }),
});

export const negotiationEventSchemas = [
  negotiationOpenedSchema,
  proposalMadeSchema,
  proposalCounteredSchema,
  proposalAcceptedSchema,
  negotiationSettledSchema,
  negotiationFailedSchema,
  lockRequestNarrowedSchema,
  lockDeniedSchema,
] as const;
export type NegotiationEvent = z.infer<(typeof negotiationEventSchemas)[number]>;
export type NegotiationOpened = z.infer<typeof negotiationOpenedSchema>;
export type ProposalMade = z.infer<typeof proposalMadeSchema>;
export type ProposalCountered = z.infer<typeof proposalCounteredSchema>;
export type ProposalAccepted = z.infer<typeof proposalAcceptedSchema>;
export type NegotiationSettled = z.infer<typeof negotiationSettledSchema>;
export type NegotiationFailed = z.infer<typeof negotiationFailedSchema>;
export type LockRequestNarrowed = z.infer<typeof lockRequestNarrowedSchema>;
export type LockDenied = z.infer<typeof lockDeniedSchema>;
