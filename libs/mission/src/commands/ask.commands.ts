import { z } from 'zod';
import { askSchema } from '../ask.ts';
import { askEvents } from '../events/ask.events.ts';
import { runIdSchema } from '../ids.ts';

const held = { runId: runIdSchema, token: z.int().positive() };

/** What the agent of a run asks for beside what its feature was planned to touch; fenced like everything a run says. */
export const askCommands = {
  AskForResource: z.strictObject({
    ...held,
    ...askSchema.shape,
    claimId: z.string().min(1).max(200),
    resource: z.string().min(1).max(1024),
  }),
  ChooseOffer: z.strictObject({ ...held, claimId: z.string(), proposalId: z.string() }),
} as const;

/** What the mission's own service is told of it by the ledger. */
export const askRecords = {
  RecordLockOffer: askEvents.LockOffered.omit({ runId: true }),
  RecordAskRefused: askEvents.LockAskRefused.omit({ runId: true }),
  /** What was granted was given to another mission for what the run asks for now, as both agreed. */
  RecordAskExchanged: askEvents.LockAskRefused.omit({ runId: true, code: true }),
} as const;
