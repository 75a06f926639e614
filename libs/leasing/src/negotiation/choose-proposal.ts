import type { Proposal } from './negotiation.ts';
import type { Offer } from './offer.ts';

/** What the asker can live with. */
export interface Need {
  readonly at: string;
  /** The latest instant it would still rather wait for than stand in the queue. */
  readonly by: string;
  /** Whether reading beside others would do. */
  readonly canShare: boolean;
  /** Claims it would give in an exchange. */
  readonly gives: readonly string[];
  /** What was agreed before about what is still in the way: the same promise is not taken twice. */
  readonly agreedBefore?: readonly Proposal[];
}

export type Choice =
  | { readonly kind: 'accept'; readonly proposalId: string }
  | {
      readonly kind: 'counter';
      readonly proposalId: string;
      readonly offer: { readonly kind: 'hand_over_at_checkpoint'; readonly withinMs: number };
    }
  | { readonly kind: 'none' };

/**
 * The answer to what one holder proposed last: the soonest that serves the need, at equal times the one that costs the asker
 * least; a promise that is too late is countered with the asker's own time. A model may choose otherwise among the same.
 */
export function choose(proposals: readonly Proposal[], need: Need): Choice {
  const open = proposals.filter(
    ({ from, state, expires, offer }) =>
      from === 'holder' && state === 'open' && expires > need.at && offer.kind !== 'refuse',
  );
  const fresh = open.filter((proposal) => !isBrokenPromise(proposal, need));
  const ranked = fresh
    .filter(({ offer }) => serves(offer, need))
    .toSorted(
      (a, b) => freeAtMs(a.offer, need) - freeAtMs(b.offer, need) || costOf(a.offer) - costOf(b.offer),
    );
  const [best] = ranked;
  if (best !== undefined) return { kind: 'accept', proposalId: best.proposalId };
  const late = fresh.find(({ offer }) => isPromise(offer));
  const withinMs = Date.parse(need.by) - Date.parse(need.at);
  if (late === undefined || withinMs <= 0) return { kind: 'none' };
  return {
    kind: 'counter',
    proposalId: late.proposalId,
    offer: { kind: 'hand_over_at_checkpoint', withinMs },
  };
}

function serves(offer: Offer, { by, canShare, gives }: Need): boolean {
  switch (offer.kind) {
    case 'release_at':
      return offer.at <= by;
    case 'hand_over_at_checkpoint':
      return offer.latestAt <= by;
    case 'share':
      return canShare;
    case 'swap':
      return gives.includes(offer.forClaimId);
    case 'refuse':
      return false;
    default:
      return true;
  }
}

// Of the same grant, and not sooner than it was promised already: what did not help then does not help now.
function isBrokenPromise({ holder, offer }: Proposal, need: Need): boolean {
  if (!isPromise(offer)) return false;
  return (need.agreedBefore ?? []).some(
    (before) =>
      before.holder.claimId === holder.claimId &&
      before.holder.token === holder.token &&
      isPromise(before.offer) &&
      freeAtMs(before.offer, need) <= freeAtMs(offer, need),
  );
}

function freeAtMs(offer: Offer, { at }: Need): number {
  if (offer.kind === 'release_at') return Date.parse(offer.at);
  return Date.parse(offer.kind === 'hand_over_at_checkpoint' ? offer.latestAt : at);
}

function costOf({ kind }: Offer): number {
  return kind === 'swap' ? 2 : kind === 'share' ? 1 : 0;
}

function isPromise({ kind }: Offer): boolean {
  return kind === 'release_at' || kind === 'hand_over_at_checkpoint';
}
