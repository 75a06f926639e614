import { blockerSchema, ledgerViewSchema, negotiationViewSchema, type LedgerView } from '@missions/leasing';
import type { Mission } from '@missions/mission';
import { z } from 'zod';
import { present } from './run-view.ts';

/** A lease in its ledger, by the database's clock. */
export const leaseViewSchema = z
  .strictObject({
    scope: z.string(),
    claimId: z.string(),
    token: z.int(),
    holder: z.string(),
    expiresAt: z.string(),
  })
  .meta({ id: 'Lease' });
export type LeaseView = z.infer<typeof leaseViewSchema>;

/** The place of a claim in its queue: behind whom, since when. */
export const queuePlaceSchema = z.strictObject({
  position: z.int().positive(),
  requestedAt: z.string(),
  holders: z.array(blockerSchema).readonly(),
  ahead: z.array(blockerSchema).readonly(),
  closedUntil: z.string().optional(),
});

/** What a run asked for of the things missions share. */
export const lockViewSchema = z
  .strictObject({
    claimId: z.string(),
    missionId: z.string(),
    runId: z.string(),
    resources: z.array(z.string()),
    state: z.enum(['waiting', 'held']),
    waitingFor: z.strictObject({ resource: z.string(), holder: z.string().optional() }).optional(),
    lease: leaseViewSchema.optional(),
    /** While it waits, as its ledger has it now. */
    queue: queuePlaceSchema.optional(),
  })
  .meta({ id: 'Lock' });
export type LockView = z.infer<typeof lockViewSchema>;

/** One ledger of shared resources: holders, queue, who waits for whom, what is promised, what was said. */
export const lockLedgerSchema = ledgerViewSchema.meta({ id: 'LockLedger' });
export type LockLedger = LedgerView;

/** A negotiation with everything that was said in it. */
export const lockNegotiationSchema = negotiationViewSchema
  .extend({ scope: z.string() })
  .meta({ id: 'LockNegotiation' });
export type LockNegotiation = Readonly<z.infer<typeof lockNegotiationSchema>>;

/** Claims of runs that have not ended, with their leases and places. */
export function lockViews(
  mission: Mission,
  leases: readonly LeaseView[],
  ledgers: readonly LockLedger[],
): LockView[] {
  const queued = ledgers.flatMap(({ queue }) => queue);
  return Object.values(mission.runs).flatMap(({ id, lock, endedAt, subject }) => {
    if (lock === undefined || endedAt !== undefined) return [];
    const feature = subject.feature === undefined ? undefined : mission.features[subject.feature];
    return [
      {
        claimId: lock.claimId,
        missionId: mission.id,
        runId: id,
        resources: [...lock.resources],
        state: lock.granted ? ('held' as const) : ('waiting' as const),
        ...present({
          waitingFor: feature?.waitingFor ?? lock.waitingFor,
          lease: leases.find(({ claimId }) => claimId === lock.claimId),
          queue: queuePlace(queued.find(({ claimId }) => claimId === lock.claimId)),
        }),
      },
    ];
  });
}

function queuePlace(waiting: LockLedger['queue'][number] | undefined): LockView['queue'] {
  if (waiting === undefined) return undefined;
  const { position, requestedAt, holders, ahead, closedUntil } = waiting;
  return { position, requestedAt, holders, ahead, ...present({ closedUntil }) };
}
