import { z } from 'zod';
import { rateSchema } from './rate.ts';

/** What the resource-lock service answers about shares of providers' accounts. Every request may be repeated. */
export const shareSubjects = { lend: 'cmd.resource.share', giveBack: 'cmd.resource.share.return' } as const;

/** The longest pause of an account that one report can ask for. */
export const longestPauseMs = 3_600_000;

/** A provider and a digest of what names its key, never the key. */
export const accountSchema = z
  .string()
  .regex(/^[^\s\p{Cc}]{1,512}$/u, 'an account is 1 to 512 characters without white space');

const replicaSchema = z
  .string()
  .regex(/^[^\s\p{Cc}]{1,256}$/u, 'a replica is 1 to 256 characters without white space');

/** What a provider said of the account since the last request. */
export const observedSchema = z.strictObject({
  /** Its limits, as it told them with a reply. */
  limits: rateSchema.exactOptional(),
  /** It wants no call for so long. */
  pauseMs: z.int().min(0).max(longestPauseMs).exactOptional(),
});
export type Observed = Readonly<z.infer<typeof observedSchema>>;

/** Asks for a share of an account's rate, or renews it; `demand` is what the replica could use in a minute now. */
export const shareRequestSchema = z.strictObject({
  account: accountSchema,
  replica: replicaSchema,
  demand: rateSchema,
  /** What the configuration says that the account may have; the lower of it and of what the provider told counts. */
  configured: rateSchema.exactOptional(),
  observed: observedSchema.exactOptional(),
});
export type ShareRequest = Readonly<z.infer<typeof shareRequestSchema>>;

export const shareReplySchema = z.strictObject({
  account: accountSchema,
  /** What the replica may use in a minute, of every kind that is limited. */
  share: rateSchema,
  limits: rateSchema,
  /** The replica counts from the moment it sent the request, by its own monotonic clock. */
  ttlMs: z.int().positive(),
  /** How long no call may be made at all. */
  pausedMs: z.int().nonnegative(),
  /** Nobody else has had a share in the last minute: what the replica did not use of its own is still there. */
  alone: z.boolean(),
});
export type ShareReply = Readonly<z.infer<typeof shareReplySchema>>;

/** The share is needed no longer; what the replica had is free for others at once. */
export const giveBackRequestSchema = z.strictObject({ account: accountSchema, replica: replicaSchema });
export type GiveBackRequest = Readonly<z.infer<typeof giveBackRequestSchema>>;

export const giveBackReplySchema = z.strictObject({ account: accountSchema });
export type GiveBackReply = Readonly<z.infer<typeof giveBackReplySchema>>;
