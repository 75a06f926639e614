import { z } from 'zod';
import { wantSchema } from './want.ts';

/** Who a lease is for. Claims of different owners exclude each other, also inside one mission. */
export const ownerSchema = z.strictObject({
  missionId: z.string().min(1).max(128),
  featureId: z.string().min(1).max(128).optional(),
  runId: z.string().min(1).max(256).optional(),
});
export type Owner = z.infer<typeof ownerSchema>;

export const claimIdSchema = z
  .string()
  .max(256)
  .regex(/^\P{Cc}+$/u, 'a claim id has 1 to 256 characters, none of them a control character');
export const tokenSchema = z.int().positive();
export const ttlMsSchema = z.int().min(100).max(86_400_000);

/** What is at stake for an owner; weighed when somebody has to give up a circle of waiting, never for the queue's order. */
export const stakesSchema = z.strictObject({
  /** A higher one gives up later; 0 if not given. */
  priority: z.int().min(-10).max(10).exactOptional(),
  /** How much work would have to be done again; else the time since the owner's first grant. */
  redoMs: z.int().min(0).max(604_800_000).exactOptional(),
});
export type Stakes = Readonly<z.infer<typeof stakesSchema>>;

/** The work a claim is for: the same in every claim for it, and for a feature in all of its runs. */
export const claimedWorkSchema = z.strictObject({
  id: z.string().min(1).max(128),
  /** How long it is expected to hold what it claims, as far as that is known. */
  expectedMs: z.int().min(0).max(604_800_000).exactOptional(),
});
export type ClaimedWork = Readonly<z.infer<typeof claimedWorkSchema>>;

/** The wish to hold some resources, all of them at once, each in its mode, for `ttlMs` after each renewal. */
export const claimSchema = z.strictObject({
  claimId: claimIdSchema,
  owner: ownerSchema,
  resources: z.array(wantSchema).min(1).max(256).readonly(),
  ttlMs: ttlMsSchema,
  stakes: stakesSchema.exactOptional(),
  work: claimedWorkSchema.exactOptional(),
});
export type Claim = Readonly<z.infer<typeof claimSchema>>;
/** A claim as it may be written: bare names want resources alone. */
export type ClaimInput = Readonly<z.input<typeof claimSchema>>;

/** A granted claim; the token is the version of the grant in its ledger, so a later grant always has a higher one. */
export const grantSchema = claimSchema.extend({ token: tokenSchema });
export type Grant = Readonly<z.infer<typeof grantSchema>>;

export function sameOwner(a: Owner, b: Owner): boolean {
  return a.missionId === b.missionId && a.featureId === b.featureId && a.runId === b.runId;
}

/** The claim and nothing of what it has become. */
export function claimOf({ claimId, owner, resources, ttlMs, stakes, work }: Claim): Claim {
  return {
    claimId,
    owner,
    resources,
    ttlMs,
    ...(stakes !== undefined && { stakes }),
    ...(work !== undefined && { work }),
  };
}

export function grantOf(grant: Grant): Grant {
  return { ...claimOf(grant), token: grant.token };
}
