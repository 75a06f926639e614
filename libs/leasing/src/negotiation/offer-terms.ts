import { claimOf, grantOf, sameOwner, type Claim } from '../claim.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import type { HeldClaim, Ledger, WaitingClaim } from '../ledger.ts';
import { atLeast, type Mode } from '../mode.ts';
import { anyOverlap } from '../overlap.ts';
import type { Want } from '../want.ts';
import { canonicalWants, covers, needsLockDelay } from '../want-set.ts';
import type { Offer, OfferInput } from './offer.ts';

/** What an offer is about: a grant, the claim that waits for it, and the ledger both are in. */
export interface OfferContext {
  readonly holder: HeldClaim;
  readonly asker: WaitingClaim;
  readonly ledger: Ledger;
  readonly at: string;
}

/** The offer as a fact: resources by their canonical names, durations as instants. */
export function offerOf(input: OfferInput, at: string): Offer {
  const later = (ms: number): string => new Date(Date.parse(at) + ms).toISOString();
  switch (input.kind) {
    case 'release_at':
      return { kind: 'release_at', at: later(input.inMs) };
    case 'hand_over_at_checkpoint':
      return { kind: 'hand_over_at_checkpoint', latestAt: later(input.withinMs) };
    case 'narrow':
      return { kind: 'narrow', keep: canonicalWants(input.keep) };
    default:
      return input;
  }
}

/** Why the holder cannot do what is offered, as the ledger is now; undefined when it can. */
export function faultOfOffer(offer: Offer, context: OfferContext): string | undefined {
  const { holder, asker } = context;
  switch (offer.kind) {
    case 'release_at':
    case 'hand_over_at_checkpoint':
    case 'refuse':
      return undefined;
    case 'narrow':
      return faultOfKeeping(offer.keep, holder);
    case 'downgrade':
      return faultOfKeeping(downgraded(holder.resources, offer.to), holder);
    case 'share': {
      if (!anyOverlap(holder.resources, asker.resources)) return 'holder and asker name nothing in common';
      return faultOfKeeping(sharedWith(holder.resources, asker.resources), holder, { mayBeSame: true });
    }
    case 'swap':
      return faultOfSwap(offer, context);
  }
}

/** What becomes of grants and claims when the offer is kept; nothing yet for a promise whose time is still to come. */
export function eventsOfOffer(
  offer: Offer,
  { holder, asker, ledger, at, negotiationId }: OfferContext & { readonly negotiationId: string },
): readonly LeasingEvent[] {
  const narrowed = (resources: readonly Want[]): LeasingEvent => ({
    type: 'LockNarrowed',
    data: { ...grantOf(holder), resources, narrowedAt: at, negotiationId },
  });
  switch (offer.kind) {
    case 'narrow':
      return [narrowed(offer.keep)];
    case 'downgrade':
      return [narrowed(downgraded(holder.resources, offer.to))];
    case 'share': {
      const resources = sharedWith(asker.resources, holder.resources);
      return [
        narrowed(sharedWith(holder.resources, asker.resources)),
        {
          type: 'LockRequestNarrowed',
          data: { ...claimOf(asker), resources, narrowedAt: at, negotiationId },
        },
      ];
    }
    case 'swap':
      return [holder, ledger.held.get(offer.forClaimId)].flatMap((held) => {
        if (held === undefined) return [];
        return [{ type: 'LockReleased', data: { ...grantOf(held), releasedAt: at, negotiationId } }];
      });
    default:
      return [];
  }
}

export function downgraded(wants: readonly Want[], to: Mode): readonly Want[] {
  return canonicalWants(
    wants.map((want) => (want.units === undefined && atLeast(want.mode, to) ? { ...want, mode: to } : want)),
  );
}

/** These wants, reading only what the others name too. */
export function sharedWith(these: readonly Want[], others: readonly Want[]): readonly Want[] {
  return canonicalWants(
    these.map((want) =>
      want.units === undefined && anyOverlap([want], others) ? { ...want, mode: 'S' as const } : want,
    ),
  );
}

// Given up at once means: before the holder has heard of it. Only effects that check a token can bear that.
function faultOfKeeping(
  keep: readonly Want[],
  { resources }: Claim,
  { mayBeSame = false }: { readonly mayBeSame?: boolean } = {},
): string | undefined {
  if (!covers(resources, keep)) return 'it would keep more than is held';
  const unfenced = resources.filter((want) => needsLockDelay(want) && !covers(keep, [want]));
  if (unfenced.length > 0)
    return `${unfenced.map(({ resource }) => resource).join(', ')} cannot change hands before its holder stops`;
  return !mayBeSame && covers(keep, resources) ? 'it would give nothing up' : undefined;
}

function faultOfSwap(
  { forClaimId, forToken }: Extract<Offer, { kind: 'swap' }>,
  { holder, asker, ledger }: OfferContext,
): string | undefined {
  const other = ledger.held.get(forClaimId);
  if (other?.token !== forToken || !sameOwner(other.owner, asker.owner))
    return `the asker does not hold ${forClaimId} with token ${String(forToken)}`;
  const waits = ledger.queue.some(
    (waiting) => sameOwner(waiting.owner, holder.owner) && anyOverlap(waiting.resources, other.resources),
  );
  if (!waits) return `its owner does not wait for what ${forClaimId} holds`;
  const unfenced = [...holder.resources, ...other.resources].filter(needsLockDelay);
  if (unfenced.length > 0)
    return `${unfenced.map(({ resource }) => resource).join(', ')} cannot change hands before its holder stops`;
  return undefined;
}
