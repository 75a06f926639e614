import { LeasingRefusal } from '../refusals.ts';

export function unknownNegotiation(negotiationId: string): LeasingRefusal {
  return new LeasingRefusal(
    'UNKNOWN_NEGOTIATION',
    `Negotiation ${negotiationId} is not known in this ledger.`,
    {
      negotiationId,
    },
  );
}

export function negotiationEnded(negotiationId: string, how: string): LeasingRefusal {
  return new LeasingRefusal(
    'NEGOTIATION_ENDED',
    `Negotiation ${negotiationId} is over (${how}); the queue goes on.`,
    {
      negotiationId,
      how,
    },
  );
}

export function negotiationOpen(claimId: string, negotiationId: string): LeasingRefusal {
  return new LeasingRefusal(
    'NEGOTIATION_OPEN',
    `Claim ${claimId} negotiates already, in ${negotiationId}; a claim has one negotiation at a time.`,
    { claimId, negotiationId },
  );
}

export function negotiationReused(negotiationId: string): LeasingRefusal {
  return new LeasingRefusal(
    'NEGOTIATION_REUSED',
    `Negotiation ${negotiationId} was opened for another claim; use a new id.`,
    { negotiationId },
  );
}

export function nothingToNegotiate(claimId: string): LeasingRefusal {
  return new LeasingRefusal(
    'NOTHING_TO_NEGOTIATE',
    `Nobody holds what claim ${claimId} waits for; it waits for its turn only.`,
    { claimId },
  );
}

export function tooManyNegotiations(claimId: string, most: number): LeasingRefusal {
  return new LeasingRefusal(
    'TOO_MANY_NEGOTIATIONS',
    `Claim ${claimId} has asked ${String(most)} times already; it waits for its turn.`,
    { claimId, most },
  );
}

export function notAParty(negotiationId: string, claimId: string): LeasingRefusal {
  return new LeasingRefusal('NOT_A_PARTY', `Claim ${claimId} has no such part in ${negotiationId}.`, {
    negotiationId,
    claimId,
  });
}

export function unknownProposal(negotiationId: string, proposalId: string): LeasingRefusal {
  return new LeasingRefusal(
    'UNKNOWN_PROPOSAL',
    `There is no proposal ${proposalId} in negotiation ${negotiationId}.`,
    { negotiationId, proposalId },
  );
}

export function proposalReused(proposalId: string): LeasingRefusal {
  return new LeasingRefusal(
    'PROPOSAL_REUSED',
    `Proposal ${proposalId} was made with other terms; use a new id.`,
    { proposalId },
  );
}

export function proposalStale(proposalId: string, reason: string): LeasingRefusal {
  return new LeasingRefusal('PROPOSAL_STALE', `Proposal ${proposalId} no longer stands: ${reason}.`, {
    proposalId,
    reason,
  });
}

export function offerInvalid(reason: string, evidence: Readonly<Record<string, unknown>>): LeasingRefusal {
  return new LeasingRefusal('OFFER_INVALID', `This cannot be offered: ${reason}.`, { reason, ...evidence });
}

export function roundsExhausted(negotiationId: string, most: number): LeasingRefusal {
  return new LeasingRefusal(
    'ROUNDS_EXHAUSTED',
    `Negotiation ${negotiationId} has had its ${String(most)} rounds; accept, or wait for the turn.`,
    { negotiationId, most },
  );
}
