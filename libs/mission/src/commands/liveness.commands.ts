import { z } from 'zod';
import { livenessEvents } from '../events/liveness.events.ts';
import { runIdSchema } from '../ids.ts';

const held = { runId: runIdSchema, token: z.int().positive() };
const sinceAt = z.iso.datetime();

/** What the mission's own service sees of runs and leases by the database's clock. */
export const livenessCommands = {
  RecordStall: z.strictObject({
    ...held,
    sinceAt,
    limitMs: z.int().positive(),
    lastLine: z.string().max(400).optional(),
  }),
  RecordRecovery: z.strictObject(held),
  /** The time to rest is over: the holder of a stalled run is told to end it. */
  StopStalledRun: z.strictObject(held),
  /** It was told and did not: the run ends without it. */
  FailStalledRun: z.strictObject(held),
  RecordUnclaimed: z.strictObject({ runId: runIdSchema, sinceAt, needs: z.string().max(4000) }),
  RecordLockLoss: livenessEvents.LockLost.omit({ runId: true, featureId: true }),
  /** Somebody at work waits only because of what was claimed ahead: nobody uses it yet, so it is given back and asked for again. */
  YieldAhead: z.strictObject({ claimId: z.string().min(1) }),
  /** Who waits behind its claim would have come first if nobody had ever given way: it lets them through and asks again. */
  StepBack: z.strictObject({ claimId: z.string().min(1), letsThrough: z.string().min(1).max(128) }),
} as const;
