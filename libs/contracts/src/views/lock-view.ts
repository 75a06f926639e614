import { blockerSchema, ledgerViewSchema, negotiationViewSchema, type LedgerView } from '@missions/leasing';
import { waitingForShape, type Mission, type RunState } from '@missions/mission';
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

/** What a run asked for of the things missions share, or a mission for a feature that is still to be built. */
export const lockViewSchema = z
  .strictObject({
    claimId: z.string(),
    missionId: z.string(),
    /** Absent while it was asked for ahead of the run. */
    runId: z.string().optional(),
    featureId: z.string().optional(),
    resources: z.array(z.string()),
    state: z.enum(['waiting', 'held']),
    waitingFor: z.strictObject(waitingForShape).optional(),
    lease: leaseViewSchema.optional(),
    /** While it waits, as its ledger has it now. */
    queue: queuePlaceSchema.optional(),
    heldMs: z.int().nonnegative().optional(),
    waitedMs: z.int().nonnegative().optional(),
    /** Commits of other missions that it has to begin with. */
    changedBy: z.array(z.strictObject({ missionId: z.string(), sha: z.string() })).optional(),
  })
  .meta({ id: 'Lock' });
export type LockView = z.infer<typeof lockViewSchema>;

const { held, queue } = ledgerViewSchema.shape;

/**
 * One ledger of shared resources: holders, queue, who waits for whom, what is promised, what was said. Durations count up to `at`,
 * by the database's clock, as all times here.
 */
export const lockLedgerSchema = ledgerViewSchema
  .extend({
    at: z.iso.datetime(),
    held: z
      .array(
        held.unwrap().element.extend({
          heldMs: z.int().nonnegative(),
          /** Until when the lease runs, unless it is renewed. */
          expiresAt: z.iso.datetime().optional(),
        }),
      )
      .readonly(),
    queue: z.array(queue.unwrap().element.extend({ waitedMs: z.int().nonnegative() })).readonly(),
  })
  .meta({ id: 'LockLedger' });
export type LockLedger = Readonly<z.infer<typeof lockLedgerSchema>>;

/** The ledger as it was at this instant, with its leases. */
export function lockLedger(
  view: LedgerView,
  { at, leases }: { readonly at: string; readonly leases: readonly LeaseView[] },
): LockLedger {
  const since = (earlier: string): number => Math.max(0, Date.parse(at) - Date.parse(earlier));
  return {
    ...view,
    at,
    held: view.held.map((one) => ({
      ...one,
      heldMs: since(one.grantedAt),
      ...present({
        expiresAt: leases.find(({ claimId, token }) => claimId === one.claimId && token === one.token)
          ?.expiresAt,
      }),
    })),
    queue: view.queue.map((one) => ({ ...one, waitedMs: since(one.requestedAt) })),
  };
}

/** A negotiation with everything that was said in it. */
export const lockNegotiationSchema = negotiationViewSchema
  .extend({ scope: z.string() })
  .meta({ id: 'LockNegotiation' });
export type LockNegotiation = Readonly<z.infer<typeof lockNegotiationSchema>>;

/** Claims of runs that have not ended and the one that was made ahead, with their leases and places. */
export function lockViews(
  mission: Mission,
  leases: readonly LeaseView[],
  ledgers: readonly LockLedger[],
): LockView[] {
  const ofRuns = Object.values(mission.runs).flatMap((run) => {
    const { lock, endedAt, subject, id } = run;
    if (lock === undefined || endedAt !== undefined) return [];
    const featureId = lock.featureId ?? subject.feature;
    const feature = featureId === undefined ? undefined : mission.features[featureId];
    return [
      { ...lock, ...present({ featureId, runId: id, waitingFor: feature?.waitingFor ?? lock.waitingFor }) },
    ];
  });
  return [...ofRuns, ...(mission.ahead ? [mission.ahead] : [])].map((claim) =>
    lockView(mission.id, claim, { leases, ledgers }),
  );
}

type Asked = Pick<
  NonNullable<RunState['lock']>,
  'claimId' | 'granted' | 'resources' | 'changedBy' | 'waitingFor'
> & {
  readonly runId?: string;
  readonly featureId?: string;
};

interface Now {
  readonly leases: readonly LeaseView[];
  readonly ledgers: readonly LockLedger[];
}

function lockView(missionId: string, claim: Asked, { leases, ledgers }: Now): LockView {
  const { claimId, granted, resources, changedBy, waitingFor, runId, featureId } = claim;
  const isIt = (one: { readonly claimId: string }): boolean => one.claimId === claimId;
  const waiting = ledgers.flatMap((ledger) => ledger.queue).find(isIt);
  return {
    ...{ claimId, missionId, resources: [...resources], state: granted ? 'held' : 'waiting' },
    ...present({
      ...{ runId, featureId, waitingFor, changedBy: changedBy && [...changedBy] },
      lease: leases.find(isIt),
      queue: queuePlace(waiting),
      waitedMs: waiting?.waitedMs,
      heldMs: ledgers.flatMap((ledger) => ledger.held).find(isIt)?.heldMs,
    }),
  };
}

function queuePlace(waiting: LockLedger['queue'][number] | undefined): LockView['queue'] {
  if (waiting === undefined) return undefined;
  const { position, requestedAt, holders, ahead, closedUntil } = waiting;
  return { position, requestedAt, holders, ahead, ...present({ closedUntil }) };
}
