import type { Owner } from '../claim.ts';
import type { Want } from '../want.ts';
import type { Holder, NegotiationEvent } from './negotiation.events.ts';
import type { Offer } from './offer.ts';

/** What one side offers the other about one grant. */
export interface Proposal {
  readonly proposalId: string;
  /** Made by the holder, or by the asker as a counter. */
  readonly from: 'holder' | 'asker';
  readonly holder: Holder;
  readonly offer: Offer;
  readonly expires: string;
  readonly madeAt: string;
  readonly state: 'open' | 'replaced' | 'accepted';
}

/** Talk between a waiting claim and those that hold what it wants. */
export interface Negotiation {
  readonly negotiationId: string;
  readonly cause: 'wait' | 'cycle';
  readonly claimId: string;
  readonly owner: Owner;
  /** What the claim wanted when it asked. */
  readonly resources: readonly Want[];
  readonly holders: readonly (Holder & { readonly owner: Owner })[];
  readonly cycle?: readonly Owner[];
  readonly reason?: string;
  readonly deadline: string;
  readonly openedAt: string;
  readonly proposals: readonly Proposal[];
  /** Counters so far. */
  readonly rounds: number;
  /** How it ended; undefined while it is open. */
  readonly outcome?: { readonly how: 'settled' | 'timeout' | 'refused' | 'stale'; readonly at: string };
}

/** A promise of a holder whose time is still to come: beyond `until` its lease is not renewed. */
export interface Commitment {
  readonly negotiationId: string;
  readonly claimId: string;
  readonly token: number;
  readonly kind: 'release_at' | 'hand_over_at_checkpoint';
  readonly until: string;
}

/** Everything one ledger knows of talk: what is open, the newest that ended, and promises still to be kept. */
export interface Negotiations {
  readonly open: ReadonlyMap<string, Negotiation>;
  readonly ended: readonly Negotiation[];
  readonly commitments: readonly Commitment[];
  /** How often each waiting claim has asked so far. */
  readonly asked: ReadonlyMap<string, number>;
}

export const noNegotiations: Negotiations = {
  open: new Map(),
  ended: [],
  commitments: [],
  asked: new Map(),
};

const maxEndedRemembered = 64;

/** Total, like the ledger's own: an event about an unknown negotiation changes nothing. */
export function evolveNegotiations(talk: Negotiations, event: NegotiationEvent): Negotiations {
  switch (event.type) {
    case 'NegotiationOpened':
      return opened(talk, event.data);
    case 'ProposalMade':
      return proposed(talk, event.data.negotiationId, { ...event.data, from: 'holder', state: 'open' });
    case 'ProposalCountered':
      return proposed(talk, event.data.negotiationId, {
        ...event.data,
        madeAt: event.data.counteredAt,
        from: 'asker',
        state: 'open',
      });
    case 'ProposalAccepted':
      return changed(talk, event.data.negotiationId, (negotiation) => ({
        ...negotiation,
        proposals: negotiation.proposals.map((one) =>
          one.proposalId === event.data.proposalId ? { ...one, state: 'accepted' as const } : one,
        ),
      }));
    case 'NegotiationSettled': {
      const { negotiationId, commitments, settledAt } = event.data;
      const kept = commitments.flatMap((one) => timedCommitment(negotiationId, one));
      const others = talk.commitments.filter(
        ({ claimId }) => !kept.some((commitment) => commitment.claimId === claimId),
      );
      const settled = { ...talk, commitments: [...others, ...kept] };
      return ended(settled, negotiationId, { how: 'settled', at: settledAt });
    }
    case 'NegotiationFailed':
      return ended(talk, event.data.negotiationId, { how: event.data.reason, at: event.data.failedAt });
    default:
      return talk;
  }
}

/** Promises end with the grant they are about, and a claim that left the queue asks no more. */
export function withoutClaim(talk: Negotiations, claimId: string): Negotiations {
  const asked = new Map(talk.asked);
  asked.delete(claimId);
  return {
    ...talk,
    asked,
    commitments: talk.commitments.filter((commitment) => commitment.claimId !== claimId),
  };
}

export function commitmentOf(talk: Negotiations, claimId: string): Commitment | undefined {
  return talk.commitments.find((commitment) => commitment.claimId === claimId);
}

function opened(
  talk: Negotiations,
  { claim, ...opening }: Extract<NegotiationEvent, { type: 'NegotiationOpened' }>['data'],
): Negotiations {
  const { claimId, owner, resources } = claim;
  const negotiation: Negotiation = { ...opening, claimId, owner, resources, proposals: [], rounds: 0 };
  return {
    ...talk,
    open: new Map(talk.open).set(negotiation.negotiationId, negotiation),
    asked: new Map(talk.asked).set(claimId, (talk.asked.get(claimId) ?? 0) + 1),
  };
}

/** What is said newly about a grant takes the place of what was said about it before. */
function proposed(
  talk: Negotiations,
  negotiationId: string,
  { proposalId, from, holder, offer, expires, madeAt, state }: Proposal,
): Negotiations {
  return changed(talk, negotiationId, (negotiation) => ({
    ...negotiation,
    rounds: negotiation.rounds + (from === 'asker' ? 1 : 0),
    proposals: [
      ...negotiation.proposals.map((one) =>
        one.holder.claimId === holder.claimId ? { ...one, state: 'replaced' as const } : one,
      ),
      { proposalId, from, holder, offer, expires, madeAt, state },
    ],
  }));
}

function changed(
  talk: Negotiations,
  negotiationId: string,
  change: (negotiation: Negotiation) => Negotiation,
): Negotiations {
  const negotiation = talk.open.get(negotiationId);
  if (negotiation === undefined) return talk;
  return { ...talk, open: new Map(talk.open).set(negotiationId, change(negotiation)) };
}

function ended(
  talk: Negotiations,
  negotiationId: string,
  outcome: NonNullable<Negotiation['outcome']>,
): Negotiations {
  const negotiation = talk.open.get(negotiationId);
  if (negotiation === undefined) return talk;
  const open = new Map(talk.open);
  open.delete(negotiationId);
  return { ...talk, open, ended: [...talk.ended, { ...negotiation, outcome }].slice(-maxEndedRemembered) };
}

function timedCommitment(
  negotiationId: string,
  { claimId, token, offer }: Holder & { readonly offer: Offer },
): readonly Commitment[] {
  if (offer.kind === 'release_at')
    return [{ negotiationId, claimId, token, kind: offer.kind, until: offer.at }];
  if (offer.kind === 'hand_over_at_checkpoint')
    return [{ negotiationId, claimId, token, kind: offer.kind, until: offer.latestAt }];
  return [];
}
