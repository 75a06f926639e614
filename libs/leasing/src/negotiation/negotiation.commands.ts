import { z } from 'zod';
import { claimIdSchema } from '../claim.ts';
import { holderSchema, negotiationIdSchema, proposalIdSchema } from './negotiation.events.ts';
import { offerInputSchema } from './offer.ts';

/** How long a negotiation or a proposal may stand. */
export const standingMsSchema = z.int().min(50).max(86_400_000);

/** A waiting claim asks the holders in its way to give way. Idempotent by negotiation id; one at a time for a claim. */
export const openNegotiationSchema = z.strictObject({
  type: z.literal('OpenNegotiation'),
  data: z.strictObject({
    // The ledger itself names its talks about circles so.
    negotiationId: negotiationIdSchema.regex(/^(?!cycle\/)/u, 'ids that begin with cycle/ are taken'),
    claimId: claimIdSchema,
    withinMs: standingMsSchema,
    reason: z.string().min(1).max(1000).exactOptional(),
  }),
});
export type OpenNegotiation = z.infer<typeof openNegotiationSchema>;

/** A holder offers something; a newer proposal of it takes the place of an older one. Idempotent by proposal id. */
export const makeProposalSchema = z.strictObject({
  type: z.literal('MakeProposal'),
  data: z.strictObject({
    negotiationId: negotiationIdSchema,
    proposalId: proposalIdSchema,
    holder: holderSchema,
    offer: offerInputSchema,
    /** Ends with the negotiation if not given. */
    expiresInMs: standingMsSchema.exactOptional(),
  }),
});
export type MakeProposal = z.infer<typeof makeProposalSchema>;

/** The asker wants other terms than a holder proposed; at most three times. Idempotent by proposal id. */
export const counterProposalSchema = z.strictObject({
  type: z.literal('CounterProposal'),
  data: z.strictObject({
    negotiationId: negotiationIdSchema,
    proposalId: proposalIdSchema,
    counters: proposalIdSchema,
    claimId: claimIdSchema,
    offer: offerInputSchema,
    expiresInMs: standingMsSchema.exactOptional(),
  }),
});
export type CounterProposal = z.infer<typeof counterProposalSchema>;

/** Who takes part: the asker by its claim; a holder by its claim and its token. */
export const partySchema = z.strictObject({
  claimId: claimIdSchema,
  token: holderSchema.shape.token.exactOptional(),
});
export type Party = Readonly<z.infer<typeof partySchema>>;

/** The asker takes a holder's proposal, or a holder takes the asker's counter. Idempotent by proposal id. */
export const acceptProposalSchema = z.strictObject({
  type: z.literal('AcceptProposal'),
  data: z.strictObject({
    negotiationId: negotiationIdSchema,
    proposalId: proposalIdSchema,
    by: partySchema,
  }),
});
export type AcceptProposal = z.infer<typeof acceptProposalSchema>;

/** A holder will not give way, or the asker stops asking. Ends the negotiation; idempotent. */
export const refuseNegotiationSchema = z.strictObject({
  type: z.literal('RefuseNegotiation'),
  data: z.strictObject({ negotiationId: negotiationIdSchema, by: partySchema }),
});
export type RefuseNegotiation = z.infer<typeof refuseNegotiationSchema>;

export const negotiationCommandSchemas = [
  openNegotiationSchema,
  makeProposalSchema,
  counterProposalSchema,
  acceptProposalSchema,
  refuseNegotiationSchema,
] as const;
export type NegotiationCommand = z.infer<(typeof negotiationCommandSchemas)[number]>;
