import { z } from 'zod';

const ask = { claimId: z.string(), runId: z.string().min(1) };

/** What becomes of what a run asks for while it works. */
export const askEvents = {
  /** A holder would do this; the run may choose it until then. */
  LockOffered: z.strictObject({
    ...ask,
    negotiationId: z.string().max(300),
    proposalId: z.string().max(300),
    offer: z.string().max(2000),
    expires: z.iso.datetime(),
  }),
  /** The run's agent chose an offer; whether it still counts is for the ledger to say. */
  LockOfferChosen: z.strictObject({ ...ask, negotiationId: z.string(), proposalId: z.string() }),
  /** It cannot be had: by its name, by a circle of waiting owners, or because others changed it since the run began. */
  LockAskRefused: z.strictObject({ ...ask, code: z.string().max(100), detail: z.string().max(2000) }),
} as const;
