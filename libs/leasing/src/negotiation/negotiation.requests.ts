import { z } from 'zod';
import { scopeSchema, tracing } from '../leasing.requests.ts';
import {
  acceptProposalSchema,
  counterProposalSchema,
  makeProposalSchema,
  openNegotiationSchema,
  refuseNegotiationSchema,
} from './negotiation.commands.ts';
import { negotiationIdSchema } from './negotiation.events.ts';
import { negotiationViewSchema } from './negotiation-view.ts';

const inLedger = { scope: scopeSchema, ...tracing };

/** A waiting claim asks those that hold what it wants to give way, until `withinMs` have passed. */
export const openNegotiationRequestSchema = openNegotiationSchema.shape.data.extend(inLedger);
export type OpenNegotiationRequest = Readonly<z.infer<typeof openNegotiationRequestSchema>>;

/** A holder says what it would do. */
export const proposeRequestSchema = makeProposalSchema.shape.data.extend(inLedger);
export type ProposeRequest = Readonly<z.infer<typeof proposeRequestSchema>>;

/** The asker wants other terms. */
export const counterRequestSchema = counterProposalSchema.shape.data.extend(inLedger);
export type CounterRequest = Readonly<z.infer<typeof counterRequestSchema>>;

/** The other side agrees; refused when the grant has moved on. */
export const acceptRequestSchema = acceptProposalSchema.shape.data.extend(inLedger);
export type AcceptRequest = Readonly<z.infer<typeof acceptRequestSchema>>;

/** A holder will not give way, or the asker stops asking. */
export const refuseRequestSchema = refuseNegotiationSchema.shape.data.extend(inLedger);
export type RefuseRequest = Readonly<z.infer<typeof refuseRequestSchema>>;

/** One negotiation with everything that was said in it. */
export const negotiationRequestSchema = z.strictObject({
  scope: scopeSchema,
  negotiationId: negotiationIdSchema,
});
export type NegotiationRequest = Readonly<z.infer<typeof negotiationRequestSchema>>;

export const negotiationReplySchema = negotiationViewSchema.extend({ scope: scopeSchema });
export type NegotiationReply = Readonly<z.infer<typeof negotiationReplySchema>>;
