import { z } from 'zod';

const reason = z.string().max(1000);
/** Where the ledger of what missions share says it. */
const inLedger = { ledger: z.string(), version: z.int().positive() };
const talk = {
  negotiationId: z.string().min(1).max(300),
  /** The claim that waits, whichever of the missions it is of. */
  claimId: z.string(),
  /** The other missions that take part. */
  with: z.array(z.string()).min(1).max(100),
  ...inLedger,
};

/** Talk with other missions over what they share, told to everybody who takes part; the ledger has every word of it. */
export const lockNegotiationEvents = {
  /** The `asker` waits for what a `holder` has, and asks it to give way. */
  LockNegotiationOpened: z.strictObject({
    ...talk,
    side: z.enum(['asker', 'holder']),
    resources: z.array(z.string()).max(256),
    reason: reason.optional(),
    deadline: z.iso.datetime(),
  }),
  /** Everybody in the way agreed, to this. */
  LockNegotiationSettled: z.strictObject({ ...talk, agreed: z.string().max(2000) }),
  /** No agreement; the queue goes on. */
  LockNegotiationFailed: z.strictObject({
    ...talk,
    reason: z.enum(['timeout', 'refused', 'stale']),
    /** The claim that refused. */
    by: z.string().optional(),
  }),
  /** The run gave up a part of what it holds: these it still has for itself, and `reads` beside others. */
  LockNarrowed: z.strictObject({
    claimId: z.string(),
    runId: z.string().min(1),
    resources: z.array(z.string()).max(256),
    reads: z.array(z.string()).max(256).optional(),
    ...inLedger,
  }),
} as const;
