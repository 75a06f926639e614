import { wantText, type LedgerView, type NegotiationSettled, type Offer } from '@missions/leasing';

type View = LedgerView['negotiations'][number];

/** What was agreed, in one sentence for the log of both missions. */
export function agreedText(
  commitments: NegotiationSettled['data']['commitments'],
  { owner, holders, claimId }: View,
  { queue, held }: Pick<LedgerView, 'queue' | 'held'>,
): string {
  const claim = [...queue, ...held].find((one) => one.claimId === claimId);
  const what = claim ? claim.resources.map(wantText).join(', ') : `what ${claimId} asks for`;
  const asker = owner.missionId;
  const sentences = commitments.map(({ claimId: heldClaim, offer }) => {
    const holder = holders.find((one) => one.claimId === heldClaim)?.owner.missionId ?? heldClaim;
    return sentenceOf(offer, { holder, asker, what });
  });
  return sentences.join('; ').slice(0, 2_000);
}

function sentenceOf(
  offer: Offer,
  { holder, asker, what }: { readonly holder: string; readonly asker: string; readonly what: string },
): string {
  switch (offer.kind) {
    case 'release_at':
      return `${holder} lets ${asker} have ${what} at ${offer.at}`;
    case 'hand_over_at_checkpoint':
      return `${holder} lets ${asker} have ${what} at its next checkpoint, at the latest at ${offer.latestAt}`;
    case 'narrow':
      return `${holder} keeps only ${offer.keep.map(wantText).join(', ')} and lets ${asker} have ${what}`;
    case 'downgrade':
      return `${holder} only reads what it holds and lets ${asker} have ${what}`;
    case 'share':
      return `${holder} and ${asker} both read ${what}`;
    case 'swap':
      return `${holder} lets ${asker} have ${what} and gets what ${asker} held as ${offer.forClaimId}`;
    case 'refuse':
      return `${holder} does not give way`;
  }
}
