import {
  heldWith,
  LeasingRefusal,
  ledgerView,
  type RenewReply,
  type RenewRequest,
  type StateReply,
  type StateRequest,
} from '@missions/leasing';
import type { LeaseTable } from '../ports/lease-table.ts';
import type { Ledgers } from './ledgers.ts';

/** Renewing leases, which is a row update and no event, and looking at ledgers. */
export class KeepLeases {
  constructor(
    private readonly ledgers: Ledgers,
    private readonly leases: LeaseTable,
  ) {}

  /** Refused when the claim is not held with this token any more, with the reason why. */
  async renew({ scope, claimId, token }: RenewRequest): Promise<RenewReply> {
    const expiresAt = await this.leases.renew({ scope, claimId, token });
    const grant = heldWith({ claimId, token }, await this.ledgerFor(scope, claimId, expiresAt !== undefined));
    if (grant === undefined || expiresAt === undefined) throw endedMeanwhile(claimId);
    return { scope, claimId, token, ttlMs: grant.ttlMs, expiresAt };
  }

  async state({ scope }: StateRequest): Promise<StateReply> {
    return ledgerView(scope, await this.ledgers.newest(scope), await this.leases.now());
  }

  // A row that was renewed proves the grant, so a cached ledger that knows it will do.
  private async ledgerFor(scope: string, claimId: string, isHeld: boolean): ReturnType<Ledgers['newest']> {
    const cached = this.ledgers.cached(scope);
    return isHeld && cached?.held.has(claimId) === true ? cached : this.ledgers.newest(scope);
  }
}

function endedMeanwhile(claimId: string): LeasingRefusal {
  return new LeasingRefusal('CLAIM_ENDED', `Claim ${claimId} has just ended.`, { claimId });
}
