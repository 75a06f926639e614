import {
  claimEnded,
  scopeOf,
  waitingClaim,
  waitingView,
  type ClaimReply,
  type ClaimRequest,
  type EndedReply,
  type ReleaseRequest,
  type WithdrawRequest,
} from '@missions/leasing';
import type { LeaseTable } from '../ports/lease-table.ts';
import type { DecideOnLedger } from './decide-on-ledger.ts';

/** Asking for resources and giving them back. Nothing here waits for a resource: a claim is granted or queued at once. */
export class ClaimResources {
  constructor(
    private readonly ledger: DecideOnLedger,
    private readonly leases: LeaseTable,
  ) {}

  /** Asking again with the same claim id tells how the claim stands now. */
  async claim({ commandId, correlationId, ...claim }: ClaimRequest): Promise<ClaimReply> {
    const scope = scopeOf(claim.resources);
    const { claimId } = claim;
    const after = await this.ledger.decide({
      scope,
      command: { type: 'RequestClaim', data: claim },
      commandId: `request/${claimId}`,
      causationId: commandId,
      correlationId: correlationId ?? claim.owner.missionId,
    });
    const held = after.held.get(claimId);
    if (held !== undefined)
      return { status: 'granted', scope, claimId, token: held.token, ttlMs: held.ttlMs };
    if (waitingClaim(after, claimId) === undefined) throw claimEnded(claimId, 'ended');
    return { status: 'queued', scope, claimId, ...waitingView(claimId, after, await this.leases.now()) };
  }

  async release({ scope, claimId, token, ...trace }: ReleaseRequest): Promise<EndedReply> {
    const { version } = await this.ledger.decide({
      scope,
      command: { type: 'ReleaseClaim', data: { claimId, token } },
      commandId: `release/${claimId}/${token}`,
      causationId: trace.commandId,
      correlationId: trace.correlationId,
    });
    return { scope, claimId, version };
  }

  async withdraw({ scope, claimId, ...trace }: WithdrawRequest): Promise<EndedReply> {
    const { version } = await this.ledger.decide({
      scope,
      command: { type: 'WithdrawClaim', data: { claimId } },
      commandId: `withdraw/${claimId}`,
      causationId: trace.commandId,
      correlationId: trace.correlationId,
    });
    return { scope, claimId, version };
  }
}
