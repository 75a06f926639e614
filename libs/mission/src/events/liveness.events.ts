import { z } from 'zod';
import { featureIdSchema } from '../ids.ts';
import { waitingForShape } from '../waiting.ts';

const run = { runId: z.string().min(1) };
const at = z.iso.datetime();

/** What is said once of a run that does not come forward, and what takes it back; a condition that lasts is one fact. */
export const livenessEvents = {
  /**
   * The holder is alive, but nothing of the run has moved for half of the time it may rest: no turn, no token, no line of a
   * tool. Taken back by `RunRecovered`, or by the end of this holding.
   */
  RunStalled: z.strictObject({
    ...run,
    /** When it moved last. */
    sinceAt: at,
    /** How long it may rest before it is stopped. */
    limitMs: z.int().positive(),
    /** What it showed last. */
    lastLine: z.string().max(400).optional(),
  }),
  /** Something of the run moves again: takes `RunStalled` back. */
  RunRecovered: z.strictObject({ ...run, at }),
  /**
   * The holder is told to stop: for a stall the run then fails by it; for a lost lock it is interrupted and asks again; to
   * hand over it ends at its turn's end with its work kept, and asks again.
   */
  RunStopOrdered: z.strictObject({ ...run, cause: z.enum(['stall', 'lock_lost', 'hand_over']), at }),
  /** The run waits, and nobody has claimed it for too long. Taken back by `RunClaimed`, or by its end. */
  RunUnclaimed: z.strictObject({ ...run, sinceAt: at, needs: z.string().max(4000) }),
  /** A run that builds no feature waits for what another mission holds. Taken back by `LockGranted` or `LockReleased`. */
  RunWaiting: z.strictObject({
    ...run,
    /** Of what its agent asked for beside its own claim. */
    claimId: z.string().optional(),
    ...waitingForShape,
  }),
  /** The lease of what the run shares with other missions is gone, though the run has not given it back. */
  LockLost: z.strictObject({
    claimId: z.string().min(1),
    runId: z.string().min(1).optional(),
    featureId: featureIdSchema.optional(),
    /** The person who revoked it. */
    by: z.string().optional(),
    /** Why that person did. */
    reason: z.string().max(1000).optional(),
  }),
} as const;
