import { DomainError } from '@missions/kernel';
import type { Owner } from './claim.ts';
import type { Revocation } from './ended-claims.ts';

/** Every code with which this domain refuses a command; other processes compare these, so they never change. */
export const leasingRefusalCodes = [
  'MALFORMED_RESOURCE',
  'UNKNOWN_RESOURCE_KIND',
  'NO_RESOURCES',
  'MIXED_SCOPES',
  'CLAIM_REUSED',
  'CLAIM_ENDED',
  'CLAIM_GRANTED',
  'CLAIM_WAITING',
  'OVERLAPPING_CLAIM',
  'LOCK_CYCLE',
  'UNKNOWN_CLAIM',
  'STALE_TOKEN',
  'UNKNOWN_TOKEN',
  'NOT_NARROWER',
  'UNKNOWN_POOL',
  'POOL_TOO_SMALL',
  'NO_POOL',
  'UNKNOWN_NEGOTIATION',
  'NEGOTIATION_ENDED',
  'NEGOTIATION_OPEN',
  'NEGOTIATION_REUSED',
  'NOTHING_TO_NEGOTIATE',
  'TOO_MANY_NEGOTIATIONS',
  'NOT_A_PARTY',
  'UNKNOWN_PROPOSAL',
  'PROPOSAL_REUSED',
  'PROPOSAL_STALE',
  'OFFER_INVALID',
  'ROUNDS_EXHAUSTED',
  'COMMITMENT_DUE',
  'CONFIRMATION_REQUIRED',
  'NOT_A_PERSON',
  'SIGNATURE_REQUIRED',
] as const;

export type LeasingRefusalCode = (typeof leasingRefusalCodes)[number];

export class LeasingRefusal extends DomainError {
  declare readonly code: LeasingRefusalCode;
  constructor(code: LeasingRefusalCode, message: string, evidence: Readonly<Record<string, unknown>>) {
    super(code, message, evidence);
    this.name = 'LeasingRefusal';
  }
}

export function malformedResource(text: string, reason: string): LeasingRefusal {
  return new LeasingRefusal('MALFORMED_RESOURCE', `Resource "${text}" is malformed: ${reason}.`, {
    resource: text,
    reason,
  });
}

export function claimReused(claimId: string): LeasingRefusal {
  return new LeasingRefusal(
    'CLAIM_REUSED',
    `Claim ${claimId} was already made for something else; use a new claim id.`,
    { claimId },
  );
}

/** Whose grant a person took hears who did and why. */
export function claimEnded(claimId: string, how: string, revocation?: Revocation): LeasingRefusal {
  const told = revocation ? ` by ${revocation.by}: ${revocation.reason}` : '.';
  return new LeasingRefusal('CLAIM_ENDED', `Claim ${claimId} has already been ${how}${told}`, {
    ...{ claimId, how, ...revocation },
  });
}

export function claimGranted(claimId: string, token: number): LeasingRefusal {
  return new LeasingRefusal(
    'CLAIM_GRANTED',
    `Claim ${claimId} has been granted with token ${String(token)}; it is given back by its owner, or taken by a person.`,
    { claimId, token },
  );
}

export function claimWaiting(claimId: string): LeasingRefusal {
  return new LeasingRefusal(
    'CLAIM_WAITING',
    `Claim ${claimId} is still waiting and holds nothing; its owner may withdraw it.`,
    { claimId },
  );
}

export function overlappingClaim(owner: Owner, claimId: string): LeasingRefusal {
  return new LeasingRefusal(
    'OVERLAPPING_CLAIM',
    `The same owner already claims an overlapping resource in ${claimId}; release or withdraw that first.`,
    { owner, claimId },
  );
}

export function lockCycle(claimId: string, cycle: readonly Owner[]): LeasingRefusal {
  return new LeasingRefusal(
    'LOCK_CYCLE',
    `Waiting for claim ${claimId} would close a circle of ${String(cycle.length)} owners that wait for each other; release what is held and claim everything at once.`,
    { claimId, cycle },
  );
}

export function unknownClaim(claimId: string): LeasingRefusal {
  return new LeasingRefusal('UNKNOWN_CLAIM', `Claim ${claimId} is not known in this ledger.`, {
    claimId,
  });
}

/** A token below the granted one comes from the past; one above it was never given to this claim. */
export function wrongToken(claimId: string, token: number, granted: number): LeasingRefusal {
  const code = token < granted ? 'STALE_TOKEN' : 'UNKNOWN_TOKEN';
  return new LeasingRefusal(
    code,
    `Token ${String(token)} does not hold claim ${claimId}; token ${String(granted)} does.`,
    { claimId, token, granted },
  );
}

export function notNarrower(claimId: string): LeasingRefusal {
  return new LeasingRefusal(
    'NOT_NARROWER',
    `Claim ${claimId} holds less than what it would keep; make a new claim for more.`,
    { claimId },
  );
}

export function unknownPool(resource: string, known: readonly string[]): LeasingRefusal {
  const which = known.length === 0 ? 'no pool is configured' : `configured are ${known.join(', ')}`;
  return new LeasingRefusal('UNKNOWN_POOL', `There is no pool ${resource}; ${which}.`, { resource, known });
}

export function poolTooSmall(
  resource: string,
  {
    units,
    capacity,
    claimId,
  }: { readonly units: number; readonly capacity: number; readonly claimId: string },
): LeasingRefusal {
  return new LeasingRefusal(
    'POOL_TOO_SMALL',
    `${resource} has ${String(capacity)} units, and claim ${claimId} wants ${String(units)}: it could never be granted.`,
    { resource, units, capacity, claimId },
  );
}

export function noPool(resource: string): LeasingRefusal {
  return new LeasingRefusal(
    'NO_POOL',
    `${resource} is no pool, so it has no units; name it pool:/<host>/<name>.`,
    {
      resource,
    },
  );
}
