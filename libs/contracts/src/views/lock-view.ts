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
  })
  .meta({ id: 'Lock' });
export type LockView = z.infer<typeof lockViewSchema>;

/** Claims of runs that have not ended, with their leases. */
export function lockViews(mission: Mission, leases: readonly LeaseView[]): LockView[] {
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
          waitingFor: feature?.waitingFor,
          lease: leases.find(({ claimId }) => claimId === lock.claimId),
        }),
      },
    ];
  });
}
