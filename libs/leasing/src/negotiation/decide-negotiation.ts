import { claimOf } from '../claim.ts';
import type { Ledger, WaitingClaim } from '../ledger.ts';
import { blockersOf, waitingClaim } from '../queue.ts';
import * as claims from '../refusals.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { heldWith } from '../held-with.ts';
import type { Negotiation, Proposal } from './negotiation.ts';
import type {
  CounterProposal,
  MakeProposal,
  NegotiationCommand,
  OpenNegotiation,
  RefuseNegotiation,
} from './negotiation.commands.ts';
import {
  failedFor,
  instantAfter,
  isParty,
  negotiationOf,
  negotiationOpened,
  proposalOf,
  requireOpen,
} from './open-negotiation.ts';
import * as refusals from './negotiation-refusals.ts';
import type { Offer } from './offer.ts';
import { faultOfOffer, offerOf } from './offer-terms.ts';
import { acceptProposal } from './settle.ts';

/** Counters in one negotiation. */
export const maxRounds = 3;
/** What one holder may propose in one negotiation: one offer, and an answer to every counter. */
const maxProposalsOfHolder = maxRounds + 1;
/** Negotiations one claim may ask for while it waits. */
export const maxNegotiations = 8;

/** Talk about grants: nothing here grants anything, and nobody loses a place in the queue by it. */
export function decideNegotiation(
  command: NegotiationCommand,
  ledger: Ledger,
  at: string,
): readonly LeasingEvent[] {
  switch (command.type) {
    case 'OpenNegotiation':
      return openNegotiation(command, ledger, at);
    case 'MakeProposal':
      return makeProposal(command, ledger, at);
    case 'CounterProposal':
      return counterProposal(command, ledger, at);
    case 'AcceptProposal':
      return acceptProposal(command, ledger, at);
    case 'RefuseNegotiation':
      return refuseNegotiation(command, ledger, at);
  }
}

function openNegotiation(
  { data: { negotiationId, claimId, withinMs, reason } }: OpenNegotiation,
  ledger: Ledger,
  at: string,
): readonly LeasingEvent[] {
  const known = negotiationOf(negotiationId, ledger);
  if (known !== undefined && known.claimId !== claimId) throw refusals.negotiationReused(negotiationId);
  if (known !== undefined) return [];
  const asker = requireWaiting(claimId, ledger);
  const other = [...ledger.talk.open.values()].find((open) => open.claimId === claimId);
  if (other !== undefined) throw refusals.negotiationOpen(claimId, other.negotiationId);
  const asked = ledger.talk.asked.get(claimId) ?? 0;
  if (asked >= maxNegotiations) throw refusals.tooManyNegotiations(claimId, maxNegotiations);
  const holders = blockersOf(asker, ledger, at).holders;
  if (holders.length === 0) throw refusals.nothingToNegotiate(claimId);
  const opening = { negotiationId, cause: 'wait' as const, claim: claimOf(asker), holders };
  return [negotiationOpened({ ...opening, ...(reason !== undefined && { reason }) }, withinMs, at)];
}

function makeProposal(
  { data: { negotiationId, proposalId, holder, offer: asked, expiresInMs } }: MakeProposal,
  ledger: Ledger,
  at: string,
): readonly LeasingEvent[] {
  const repeated = repeatedProposal({ negotiationId, proposalId, from: 'holder', holder }, ledger);
  if (repeated) return [];
  const negotiation = requireOpen(negotiationId, ledger, at);
  requireHolder(negotiation, holder, ledger);
  const offer = validOffer(offerOf(asked, at), { negotiation, holder, ledger, at });
  const ofHolder = negotiation.proposals.filter(
    (one) => one.from === 'holder' && one.holder.claimId === holder.claimId,
  );
  if (ofHolder.length >= maxProposalsOfHolder) throw refusals.roundsExhausted(negotiationId, maxRounds);
  const expires = expiryOf(negotiation, expiresInMs, at);
  const made = { negotiationId, proposalId, holder, offer, expires, madeAt: at };
  const refused = offer.kind === 'refuse' ? [failedFor(negotiation, 'refused', at, holder.claimId)] : [];
  return [{ type: 'ProposalMade', data: made }, ...refused];
}

function counterProposal(
  { data: { negotiationId, proposalId, counters, claimId, offer: asked, expiresInMs } }: CounterProposal,
  ledger: Ledger,
  at: string,
): readonly LeasingEvent[] {
  if (repeatedProposal({ negotiationId, proposalId, from: 'asker' }, ledger)) return [];
  const negotiation = requireOpen(negotiationId, ledger, at);
  if (negotiation.claimId !== claimId) throw refusals.notAParty(negotiationId, claimId);
  const countered = proposalOf(negotiation, counters);
  if (countered.from !== 'holder' || countered.state !== 'open')
    throw refusals.proposalStale(counters, 'it is no open proposal of a holder');
  if (negotiation.rounds >= maxRounds) throw refusals.roundsExhausted(negotiationId, maxRounds);
  const { holder } = countered;
  requireHolder(negotiation, holder, ledger);
  const offer = validOffer(offerOf(asked, at), { negotiation, holder, ledger, at });
  if (offer.kind === 'refuse') throw refusals.offerInvalid('a counter asks for something', { counters });
  const expires = expiryOf(negotiation, expiresInMs, at);
  const data = { negotiationId, proposalId, holder, offer, counters, expires, counteredAt: at };
  return [{ type: 'ProposalCountered', data }];
}

function refuseNegotiation(
  { data: { negotiationId, by } }: RefuseNegotiation,
  ledger: Ledger,
  at: string,
): readonly LeasingEvent[] {
  const known = negotiationOf(negotiationId, ledger);
  if (known?.outcome?.how === 'refused' && isParty(known, by)) return [];
  const negotiation = requireOpen(negotiationId, ledger, at);
  if (!isParty(negotiation, by)) throw refusals.notAParty(negotiationId, by.claimId);
  return [failedFor(negotiation, 'refused', at, by.claimId)];
}

function requireWaiting(claimId: string, ledger: Ledger): WaitingClaim {
  const waiting = waitingClaim(ledger, claimId);
  if (waiting !== undefined) return waiting;
  const held = ledger.held.get(claimId);
  if (held !== undefined) throw claims.claimGranted(claimId, held.token);
  const end = ledger.ended.get(claimId);
  throw end === undefined ? claims.unknownClaim(claimId) : claims.claimEnded(claimId, end.how);
}

// Refused with the code of the ledger when the grant has moved on: the holder may not know it yet.
function requireHolder(negotiation: Negotiation, holder: Proposal['holder'], ledger: Ledger): void {
  const { negotiationId, holders } = negotiation;
  if (!holders.some(({ claimId }) => claimId === holder.claimId))
    throw refusals.notAParty(negotiationId, holder.claimId);
  heldWith(holder, ledger);
}

function validOffer(
  offer: Offer,
  {
    negotiation,
    holder,
    ledger,
    at,
  }: {
    readonly negotiation: Negotiation;
    readonly holder: Proposal['holder'];
    readonly ledger: Ledger;
    readonly at: string;
  },
): Offer {
  const grant = ledger.held.get(holder.claimId);
  const asker = waitingClaim(ledger, negotiation.claimId);
  if (grant === undefined || asker === undefined)
    throw refusals.negotiationEnded(negotiation.negotiationId, 'stale');
  const fault = faultOfOffer(offer, { holder: grant, asker, ledger, at });
  if (fault !== undefined) throw refusals.offerInvalid(fault, { kind: offer.kind });
  return offer;
}

function repeatedProposal(
  {
    negotiationId,
    proposalId,
    from,
    holder,
  }: Pick<Proposal, 'proposalId' | 'from'> & {
    readonly negotiationId: string;
    readonly holder?: Proposal['holder'];
  },
  ledger: Ledger,
): boolean {
  const known = negotiationOf(negotiationId, ledger)?.proposals.find((one) => one.proposalId === proposalId);
  if (known === undefined) return false;
  if (known.from === from && (holder === undefined || known.holder.claimId === holder.claimId)) return true;
  throw refusals.proposalReused(proposalId);
}

function expiryOf({ deadline }: Negotiation, expiresInMs: number | undefined, at: string): string {
  if (expiresInMs === undefined) return deadline;
  const expires = instantAfter(at, expiresInMs);
  return expires < deadline ? expires : deadline;
}
