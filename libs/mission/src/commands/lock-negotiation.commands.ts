import { lockNegotiationEvents } from '../events/lock-negotiation.events.ts';
import { z } from 'zod';

/** What the mission's own service reads in the ledgers of what missions share. */
export const lockNegotiationCommands = {
  RecordNegotiationOpened: lockNegotiationEvents.LockNegotiationOpened,
  RecordNegotiationSettled: lockNegotiationEvents.LockNegotiationSettled,
  RecordNegotiationFailed: lockNegotiationEvents.LockNegotiationFailed,
  RecordLockNarrowed: lockNegotiationEvents.LockNarrowed.omit({ runId: true }),
  /** It was promised that the run gives the claim's resources back where it can stop with its work kept. */
  OrderHandOver: z.strictObject({ claimId: z.string().min(1) }),
} as const;
