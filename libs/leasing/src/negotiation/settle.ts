import { sameOwner } from '../claim.ts';
import { deadlockOf } from '../deadlock.ts';
import { newGrants } from '../grants.ts';
import { evolve, type Ledger } from '../ledger.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { blockersOf, waitingClaim } from '../queue.ts';
import type { AcceptProposal, Party } from './negotiation.commands.ts';
import type { NegotiationSettled } from './negotiation.events.ts';
import { commitmentOf, type Negotiation, type Proposal } from './negotiation.ts';
import * as refusals from './negotiation-refusals.ts';
import { failedFor, isParty, negotiationOf, proposalOf, requireOpen } from './open-negotiation.ts';
import { eventsOfOffer, faultOfOffer, type OfferContext } from './offer-terms.ts';

/**
 * The other side agrees. It counts only while the holder still holds with the token the proposal names (compare and set);
 * when that answers everything in the asker's way, the negotiation is settled and what was promised is done at once.
 */
export function acceptProposal(
  { data: { negotiationId, proposalId, by } }: AcceptProposal,
  ledger: Ledger,
  at: string,
): readonly LeasingEvent[] {
  if (isAcceptedAlready(proposalId, by, negotiationOf(negotiationId, ledger))) return [];
  const negotiation = requireOpen(negotiationId, ledger, at);
  const proposal = proposalOf(negotiation, proposalId);
  if (!isOtherSide(by, proposal, negotiation)) throw refusals.notAParty(negotiationId, by.claimId);
  const fault = faultOfProposal(proposal, { negotiation, ledger, at });
  if (fault !== undefined) throw refusals.proposalStale(proposalId, fault);
  const { holder, offer } = proposal;
  const acceptance: LeasingEvent = {
    type: 'ProposalAccepted',
    data: { negotiationId, proposalId, holder, offer, acceptedAt: at },
  };
  return [acceptance, ...settlement(negotiationId, evolve(ledger, acceptance), { accepted: proposal, at })];
}

/** Nothing as long as somebody is still in the way. Who has left since it agreed is not. */
function settlement(
  negotiationId: string,
  ledger: Ledger,
  { accepted, at }: { readonly accepted: Proposal; readonly at: string },
): readonly LeasingEvent[] {
  const negotiation = negotiationOf(negotiationId, ledger);
  if (negotiation === undefined) return [];
  const agreed = negotiation.proposals.filter(
    ({ state, holder }) => state === 'accepted' && ledger.held.get(holder.claimId)?.token === holder.token,
  );
  const isStale = agreed.some((one) => faultOfAgreed(one, { negotiation, ledger, at }) !== undefined);
  if (isStale) return [failedFor(negotiation, 'stale', at)];
  const settled = settledEvent(negotiation, agreed, at);
  const events = agreed.reduce<readonly LeasingEvent[]>(
    (done, one) => [...done, ...kept(one, done.reduce(evolve, ledger), { negotiation, at })],
    [settled],
  );
  const after = events.reduce(evolve, ledger);
  if (agreed.some(({ offer }) => offer.kind === 'swap') && !servesBoth(accepted, negotiation, after, at))
    throw refusals.proposalStale(accepted.proposalId, 'the exchange would not serve both sides');
  return isAnswered(negotiation, after, at) ? events : [];
}

function settledEvent(
  { negotiationId, claimId }: Negotiation,
  agreed: readonly Proposal[],
  at: string,
): NegotiationSettled {
  const commitments = agreed.map(({ holder, offer }) => ({ ...holder, offer }));
  return { type: 'NegotiationSettled', data: { negotiationId, claimId, commitments, settledAt: at } };
}

function kept(
  { holder, offer }: Proposal,
  ledger: Ledger,
  { negotiation, at }: { readonly negotiation: Negotiation; readonly at: string },
): readonly LeasingEvent[] {
  const context = contextOf(negotiation, holder.claimId, ledger, at);
  if (context === undefined) return [];
  return eventsOfOffer(offer, { ...context, negotiationId: negotiation.negotiationId });
}

// Nobody is in the way who has not promised to leave; of a circle, it ends once everybody keeps the promises.
function isAnswered({ cause, claimId, owner }: Negotiation, ledger: Ledger, at: string): boolean {
  if (cause === 'cycle') return deadlockOf(owner, ledger, at).length === 0;
  const asker = waitingClaim(ledger, claimId);
  if (asker === undefined) return true;
  return blockersOf(asker, ledger, at).holders.every(
    (holder) => commitmentOf(ledger.talk, holder.claimId) !== undefined,
  );
}

// Who gives something in an exchange must get what it waits for in the same decision.
function servesBoth(
  { holder }: Proposal,
  { claimId, holders }: Negotiation,
  ledger: Ledger,
  at: string,
): boolean {
  const granted = newGrants(ledger, at).filter((event) => event.type === 'LockGranted');
  const other = holders.find((one) => one.claimId === holder.claimId);
  return (
    granted.some(({ data }) => data.claimId === claimId) &&
    granted.some(({ data }) => other !== undefined && sameOwner(data.owner, other.owner))
  );
}

function faultOfProposal(
  proposal: Proposal,
  about: { readonly negotiation: Negotiation; readonly ledger: Ledger; readonly at: string },
): string | undefined {
  if (proposal.state !== 'open') return 'something newer was said about this grant';
  if (proposal.expires <= about.at) return `it stood until ${proposal.expires}`;
  if (proposal.offer.kind === 'refuse') return 'it offers nothing';
  return faultOfAgreed(proposal, about);
}

function faultOfAgreed(
  { holder, offer }: Proposal,
  {
    negotiation,
    ledger,
    at,
  }: { readonly negotiation: Negotiation; readonly ledger: Ledger; readonly at: string },
): string | undefined {
  const context = contextOf(negotiation, holder.claimId, ledger, at);
  if (context?.holder.token !== holder.token) return 'the grant it is about has moved on';
  return faultOfOffer(offer, context);
}

function contextOf(
  { claimId }: Negotiation,
  holderClaimId: string,
  ledger: Ledger,
  at: string,
): OfferContext | undefined {
  const holder = ledger.held.get(holderClaimId);
  const asker = waitingClaim(ledger, claimId);
  return holder === undefined || asker === undefined ? undefined : { holder, asker, ledger, at };
}

// The asker answers what a holder said, the holder of the very grant what the asker said about it.
function isOtherSide(by: Party, { from, holder }: Proposal, negotiation: Negotiation): boolean {
  if (!isParty(negotiation, by)) return false;
  if (from === 'holder') return by.token === undefined;
  return by.token === holder.token && by.claimId === holder.claimId;
}

function isAcceptedAlready(proposalId: string, by: Party, known: Negotiation | undefined): boolean {
  const proposal = known?.proposals.find((one) => one.proposalId === proposalId);
  if (known === undefined || proposal?.state !== 'accepted') return false;
  return isOtherSide(by, proposal, known);
}
