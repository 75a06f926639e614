import { z } from 'zod';
import { releasedChangeSchema } from './change.ts';
import { claimIdSchema, claimSchema, tokenSchema } from './claim.ts';
import { blockerSchema, ledgerViewSchema, waitingViewSchema } from './ledger-view.ts';
import { wantSchema } from './want.ts';

/** What the resource-lock service answers, over request/reply. Every request may be repeated. */
export const resourceSubjects = {
  claim: 'cmd.resource.claim',
  release: 'cmd.resource.release',
  renew: 'cmd.resource.renew',
  narrow: 'cmd.resource.narrow',
  upgrade: 'cmd.resource.upgrade',
  withdraw: 'cmd.resource.withdraw',
  state: 'cmd.resource.state',
  ticket: 'cmd.resource.ticket',
  openNegotiation: 'cmd.resource.negotiate.open',
  propose: 'cmd.resource.negotiate.propose',
  counter: 'cmd.resource.negotiate.counter',
  accept: 'cmd.resource.negotiate.accept',
  refuse: 'cmd.resource.negotiate.refuse',
  negotiation: 'cmd.resource.negotiate.state',
  revoke: 'cmd.resource.revoke',
  extend: 'cmd.resource.extend',
  reorder: 'cmd.resource.reorder',
} as const;

export const scopeSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/u, 'a scope has letters, digits, _ and -');
const heldSchema = z.strictObject({ scope: scopeSchema, claimId: claimIdSchema, token: tokenSchema });
export const tracing = {
  /** The command this follows from; becomes the cause of the events. */
  commandId: z.string().min(1).max(256).optional(),
  correlationId: z.string().min(1).max(256).optional(),
};

/** The longest a request may stay unanswered while its claim waits. */
export const maxWaitMs = 30_000;

/**
 * Granted or queued. With `waitMs` a queued claim is answered when it is granted, at the latest after that time; its place
 * is the ticket, which survives any restart: asking again with the same claim id, or for the ticket, tells how it stands.
 */
export const claimRequestSchema = claimSchema.extend({
  ...tracing,
  waitMs: z.int().min(0).max(maxWaitMs).exactOptional(),
});
export type ClaimRequest = Readonly<z.infer<typeof claimRequestSchema>>;
/** A request as it may be written: bare names want resources alone. */
export type ClaimRequestInput = Readonly<z.input<typeof claimRequestSchema>>;

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

/** With the commit that accepted work on it led to, where there is one. */
export const releaseRequestSchema = heldSchema.extend({
  ...tracing,
  change: releasedChangeSchema.exactOptional(),
});
export type ReleaseRequest = Readonly<z.infer<typeof releaseRequestSchema>>;

/** Keeps only this much of a grant: fewer or deeper resources, weaker modes, fewer units. */
export const narrowRequestSchema = heldSchema.extend({
  ...tracing,
  resources: z.array(wantSchema).min(1).max(256).readonly(),
});
export type NarrowRequest = Readonly<z.infer<typeof narrowRequestSchema>>;

/** Wants to be alone with what is held as U; never waits for it: the answer says whether it is so already. */
export const upgradeRequestSchema = heldSchema.extend(tracing);
export type UpgradeRequest = Readonly<z.infer<typeof upgradeRequestSchema>>;

export const changedReplySchema = z.discriminatedUnion('status', [
  z.strictObject({
    ...heldSchema.shape,
    status: z.literal('held'),
    resources: z.array(wantSchema).readonly(),
  }),
  z.strictObject({
    ...heldSchema.shape,
    status: z.literal('upgrading'),
    holders: z.array(blockerSchema).readonly(),
  }),
]);
export type ChangedReply = Readonly<z.infer<typeof changedReplySchema>>;

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
  /** `hand_over`: give back at the next checkpoint, and at the latest when the lease ends for good. */
  wanted: z.enum(['go', 'hand_over']),
  /** What is left until the lease ends for good, by what the holder promised. */
  endsInMs: z.int().nonnegative().exactOptional(),
  /** What is held now, which a kept promise may have made less. */
  resources: z.array(wantSchema).readonly(),
});
export type RenewReply = Readonly<z.infer<typeof renewReplySchema>>;

export const stateRequestSchema = z.strictObject({ scope: scopeSchema });
export type StateRequest = Readonly<z.infer<typeof stateRequestSchema>>;
export const stateReplySchema = ledgerViewSchema;
export type StateReply = Readonly<z.infer<typeof stateReplySchema>>;

/** How a claim stands, whoever asks: the ticket is its scope and its id. */
export const ticketRequestSchema = z.strictObject({ scope: scopeSchema, claimId: claimIdSchema });
export type TicketRequest = Readonly<z.infer<typeof ticketRequestSchema>>;

export const ticketReplySchema = z.discriminatedUnion('status', [
  ...claimReplySchema.options,
  z.strictObject({
    status: z.literal('ended'),
    scope: scopeSchema,
    claimId: claimIdSchema,
    how: z.enum(['released', 'expired', 'withdrawn', 'denied', 'revoked']),
  }),
]);
export type TicketReply = Readonly<z.infer<typeof ticketReplySchema>>;
