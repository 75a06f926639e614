import { z } from 'zod';
import { claimIdSchema, claimSchema, tokenSchema } from './claim.ts';
import { ledgerViewSchema, waitingViewSchema } from './ledger-view.ts';

/** What the resource-lock service answers, over request/reply. Every request may be repeated. */
export const resourceSubjects = {
  claim: 'cmd.resource.claim',
  release: 'cmd.resource.release',
  renew: 'cmd.resource.renew',
  withdraw: 'cmd.resource.withdraw',
  state: 'cmd.resource.state',
} as const;

const scopeSchema = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/u, 'a scope has letters, digits, _ and -');
const heldSchema = z.strictObject({ scope: scopeSchema, claimId: claimIdSchema, token: tokenSchema });
const tracing = {
  /** The command this follows from; becomes the cause of the events. */
  commandId: z.string().min(1).max(256).optional(),
  correlationId: z.string().min(1).max(256).optional(),
};

/** Never waits: the answer says granted or queued; a queued claim keeps its place and is granted by an event. */
export const claimRequestSchema = claimSchema.extend(tracing);
export type ClaimRequest = Readonly<z.infer<typeof claimRequestSchema>>;

export const claimReplySchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('granted'),
    scope: scopeSchema,
    claimId: claimIdSchema,
    token: tokenSchema,
    /** How long the lease lives without renewal, from the moment the grant was decided. */
    ttlMs: z.int().positive(),
  }),
  waitingViewSchema.extend({
    status: z.literal('queued'),
    scope: scopeSchema,
    claimId: claimIdSchema,
  }),
]);
export type ClaimReply = Readonly<z.infer<typeof claimReplySchema>>;

export const releaseRequestSchema = heldSchema.extend(tracing);
export type ReleaseRequest = Readonly<z.infer<typeof releaseRequestSchema>>;

export const withdrawRequestSchema = z.strictObject({
  scope: scopeSchema,
  claimId: claimIdSchema,
  ...tracing,
});
export type WithdrawRequest = Readonly<z.infer<typeof withdrawRequestSchema>>;

/** The version of the ledger in which the claim has ended. */
export const endedReplySchema = z.strictObject({
  scope: scopeSchema,
  claimId: claimIdSchema,
  version: z.int().nonnegative(),
});
export type EndedReply = Readonly<z.infer<typeof endedReplySchema>>;

export const renewRequestSchema = heldSchema;
export type RenewRequest = Readonly<z.infer<typeof renewRequestSchema>>;

/** The holder counts `ttlMs` from the moment it sent the request, by its own monotonic clock. */
export const renewReplySchema = heldSchema.extend({
  ttlMs: z.int().positive(),
  expiresAt: z.iso.datetime(),
});
export type RenewReply = Readonly<z.infer<typeof renewReplySchema>>;

export const stateRequestSchema = z.strictObject({ scope: scopeSchema });
export type StateRequest = Readonly<z.infer<typeof stateRequestSchema>>;
export const stateReplySchema = ledgerViewSchema;
export type StateReply = Readonly<z.infer<typeof stateReplySchema>>;
