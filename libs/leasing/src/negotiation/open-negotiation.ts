import type { Claim, Owner } from '../claim.ts';
import type { Ledger } from '../ledger.ts';
import type { Party } from './negotiation.commands.ts';
import type { NegotiationFailed, NegotiationOpened } from './negotiation.events.ts';
import type { Negotiation, Proposal } from './negotiation.ts';
import * as refusals from './negotiation-refusals.ts';

/** The event that opens a negotiation, whoever opens it. */
export function negotiationOpened(
  {
    holders,
    ...opening
  }: Pick<NegotiationOpened['data'], 'negotiationId' | 'cause' | 'claim' | 'reason'> & {
    readonly holders: readonly (Pick<Claim, 'claimId' | 'owner'> & { readonly token: number })[];
    readonly cycle?: readonly Owner[];
  },
  withinMs: number,
  at: string,
): NegotiationOpened {
  const named = holders.map(({ claimId, token, owner }) => ({ claimId, token, owner }));
  const deadline = instantAfter(at, withinMs);
  return { type: 'NegotiationOpened', data: { ...opening, holders: named, deadline, openedAt: at } };
}

export function failedFor(
  { negotiationId, claimId }: Negotiation,
  reason: NegotiationFailed['data']['reason'],
  at: string,
  by?: string,
): NegotiationFailed {
  const data = { negotiationId, claimId, reason, ...(by !== undefined && { by }), failedAt: at };
  return { type: 'NegotiationFailed', data };
}

export function negotiationOf(negotiationId: string, { talk }: Ledger): Negotiation | undefined {
  return (
    talk.open.get(negotiationId) ?? talk.ended.findLast((ended) => ended.negotiationId === negotiationId)
  );
}

/** The open negotiation; one whose deadline has passed is over, whether or not anybody has said so yet. */
export function requireOpen(negotiationId: string, ledger: Ledger, at: string): Negotiation {
  const negotiation = negotiationOf(negotiationId, ledger);
  if (negotiation === undefined) throw refusals.unknownNegotiation(negotiationId);
  if (negotiation.outcome !== undefined)
    throw refusals.negotiationEnded(negotiationId, negotiation.outcome.how);
  if (negotiation.deadline <= at) throw refusals.negotiationEnded(negotiationId, 'timeout');
  return negotiation;
}

export function proposalOf({ negotiationId, proposals }: Negotiation, proposalId: string): Proposal {
  const proposal = proposals.find((one) => one.proposalId === proposalId);
  if (proposal === undefined) throw refusals.unknownProposal(negotiationId, proposalId);
  return proposal;
}

export function isParty(negotiation: Negotiation, { claimId, token }: Party): boolean {
  if (token === undefined) return negotiation.claimId === claimId;
  return negotiation.holders.some((holder) => holder.claimId === claimId && holder.token === token);
}

export function instantAfter(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
