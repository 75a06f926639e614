import { wantText, type Offer, type Want } from '@missions/leasing';

/** `to give it back by 2026-03-01T10:00:00.000Z` */
export function offerText(offer: Offer): string {
  switch (offer.kind) {
    case 'release_at':
      return `to give it back by ${offer.at}`;
    case 'hand_over_at_checkpoint':
      return `to hand over at the next checkpoint, by ${offer.latestAt} at the latest`;
    case 'narrow':
      return `to keep only ${wantsText(offer.keep)}`;
    case 'downgrade':
      return offer.to === 'S' ? 'only to read it from now on' : 'to read it, and perhaps to upgrade later';
    case 'share':
      return 'that both read it';
    case 'swap':
      return `to swap for ${offer.forClaimId}`;
    case 'refuse':
      return `to refuse${offer.reason === undefined ? '' : `: ${offer.reason}`}`;
  }
}

/** Alone is the rule; reading and units are said. */
export function wantsText(wants: readonly Want[]): string {
  return wants.map(wantText).join(', ');
}
