import {
  commitmentOf,
  heldWith,
  LeasingRefusal,
  ledgerView,
  type Ledger,
  type NegotiationReply,
  type NegotiationRequest,
  type RenewReply,
  type RenewRequest,
  type StateReply,
  type StateRequest,
} from '@missions/leasing';
import type { LeaseTable, RenewedLease } from '../ports/lease-table.ts';
import type { Ledgers } from './ledgers.ts';
import { negotiationIn } from './negotiate.ts';

/** Renewing leases, which is a row update and no event, and looking at ledgers. */
export class KeepLeases {
  constructor(
    private readonly ledgers: Ledgers,
    private readonly leases: LeaseTable,
  ) {}

  /** Refused when the claim is not held with this token any more, or its promised end has come, with the reason why. */
  async renew({ scope, claimId, token }: RenewRequest): Promise<RenewReply> {
    const lease = await this.leases.renew({ scope, claimId, token });
    const ledger = await this.ledgerFor(scope, claimId, lease);
    const grant = heldWith({ claimId, token }, ledger);
    if (grant === undefined || lease === undefined) throw over(claimId, ledger);
    const { expiresAt, leftMs, endsAt, wanted } = lease;
    const { ttlMs, resources } = grant;
    const renewed = { scope, claimId, token, expiresAt, wanted, resources };
    if (endsAt === undefined) return { ...renewed, ttlMs };
    const endsInMs = Math.max(0, Date.parse(endsAt) - Date.parse(expiresAt) + leftMs);
    return { ...renewed, ttlMs: Math.max(1, Math.min(ttlMs, leftMs)), endsInMs };
  }

  async state({ scope }: StateRequest): Promise<StateReply> {
    return ledgerView(scope, await this.ledgers.newest(scope), await this.leases.now());
  }

  async negotiation({ scope, negotiationId }: NegotiationRequest): Promise<NegotiationReply> {
    return negotiationIn(await this.ledgers.newest(scope), scope, negotiationId);
  }

  // A row that was renewed proves the grant, so a cached ledger that knows its newest change will do.
  private async ledgerFor(
    scope: string,
    claimId: string,
    lease: RenewedLease | undefined,
  ): ReturnType<Ledgers['newest']> {
    const cached = this.ledgers.cached(scope);
    if (lease === undefined || cached?.held.has(claimId) !== true || cached.version < lease.changedIn)
      return this.ledgers.newest(scope);
    return cached;
  }
}

function over(claimId: string, { talk }: Ledger): LeasingRefusal {
  const promised = commitmentOf(talk, claimId);
  if (promised === undefined)
    return new LeasingRefusal('CLAIM_ENDED', `Claim ${claimId} has just ended.`, { claimId });
  const { negotiationId, until } = promised;
  return new LeasingRefusal(
    'COMMITMENT_DUE',
    `Claim ${claimId} was promised until ${until}, in ${negotiationId}; release it.`,
    { claimId, negotiationId, until },
  );
}
