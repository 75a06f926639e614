import { z } from 'zod';
import { claimIdSchema, claimSchema, grantSchema, ownerSchema } from './claim.ts';
import { closureSchema } from './closure.ts';
import type { Ledger } from './ledger.ts';
import {
  commitmentViewSchema,
  negotiationView,
  negotiationViewSchema,
} from './negotiation/negotiation-view.ts';
import { usedUnits } from './pool.ts';
import { blockersOf } from './queue.ts';
import { waitForGraph } from './wait-for-graph.ts';

const instantSchema = z.iso.datetime();

/** Somebody in the way of a claim, as a waiter is told. */
export const blockerSchema = claimSchema.pick({ claimId: true, owner: true, resources: true });
export type Blocker = Readonly<z.infer<typeof blockerSchema>>;

/** Why a claim waits: its place among those that want the same (1 is next), who holds it, who comes first. */
export const waitingViewSchema = z.object({
  position: z.int().positive(),
  holders: z.array(blockerSchema).readonly(),
  ahead: z.array(blockerSchema).readonly(),
  closedUntil: instantSchema.optional(),
});
export type WaitingView = Readonly<z.infer<typeof waitingViewSchema>>;

/** One ledger as people and other services see it; they may be of an older release, and leave out what this one adds. */
export const ledgerViewSchema = z.object({
  scope: z.string(),
  version: z.int().nonnegative(),
  held: z
    .array(
      grantSchema.extend({
        grantedAt: instantSchema,
        upgradeRequestedAt: instantSchema.exactOptional(),
        /** The furthest that a person extended its lease to; its holder may have promised less after that. */
        keptUntil: instantSchema.exactOptional(),
      }),
    )
    .readonly(),
  queue: z
    .array(
      claimSchema.extend({
        requestedAt: instantSchema,
        ...waitingViewSchema.shape,
        /** How many negotiations it has asked for. */
        talks: z.int().nonnegative().exactOptional(),
      }),
    )
    .readonly(),
  closed: z.array(closureSchema).readonly(),
  pools: z
    .array(z.object({ resource: z.string(), capacity: z.int().positive(), used: z.int().nonnegative() }))
    .readonly(),
  /** Who waits for whom, as a graph of owners. */
  waits: z
    .array(z.object({ owner: ownerSchema, claimId: claimIdSchema, for: z.array(ownerSchema).readonly() }))
    .readonly(),
  /** Open negotiations, then the newest that ended. */
  negotiations: z.array(negotiationViewSchema).readonly(),
  commitments: z.array(commitmentViewSchema).readonly(),
});
export type LedgerView = Readonly<z.infer<typeof ledgerViewSchema>>;

export function ledgerView(scope: string, ledger: Ledger, at: string): LedgerView {
  return {
    scope,
    version: ledger.version,
    held: [...ledger.held.values()].map(({ asked: _asked, ...held }) => held),
    queue: ledger.queue.map(({ asked: _asked, ...waiting }) => ({
      ...waiting,
      ...waitingView(waiting.claimId, ledger, at),
      talks: ledger.talk.asked.get(waiting.claimId) ?? 0,
    })),
    closed: ledger.closures.filter(({ until }) => until > at),
    pools: [...ledger.pools].map(([resource, capacity]) => ({
      resource,
      capacity,
      used: usedUnits(resource, ledger, at),
    })),
    waits: waitForGraph(ledger, at),
    negotiations: [...ledger.talk.open.values(), ...ledger.talk.ended.toReversed()].map(negotiationView),
    commitments: ledger.talk.commitments,
  };
}

export function waitingView(claimId: string, ledger: Ledger, at: string): WaitingView {
  const waiting = ledger.queue.find((claim) => claim.claimId === claimId);
  if (waiting === undefined) throw new Error(`Claim ${claimId} does not wait.`);
  const { holders, earlier, closedUntil } = blockersOf(waiting, ledger, at);
  return {
    position: earlier.length + 1,
    holders: holders.map(blocker),
    ahead: earlier.map(blocker),
    ...(closedUntil === undefined ? {} : { closedUntil }),
  };
}

function blocker({ claimId, owner, resources }: Blocker): Blocker {
  return { claimId, owner, resources };
}
