import { randomUUID } from 'node:crypto';
import {
  claimEnded,
  lockCycle,
  readersBeside,
  scopeOf,
  waitingClaim,
  waitingView,
  type ChangedReply,
  type ClaimReply,
  type ClaimRequest,
  type EndedReply,
  type LeasingRefusal,
  type Ledger,
  type NarrowRequest,
  type ReleaseRequest,
  type UpgradeRequest,
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
    if (waitingClaim(after, claimId) === undefined) throw endOf(claimId, after);
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

  async narrow({ scope, claimId, token, resources, ...trace }: NarrowRequest): Promise<ChangedReply> {
    const after = await this.ledger.decide({
      scope,
      command: { type: 'NarrowClaim', data: { claimId, token, resources } },
      commandId: changeId('narrow', claimId, trace),
      causationId: trace.commandId,
      correlationId: trace.correlationId,
    });
    return changed({ scope, claimId, token }, after);
  }

  /** Asking again tells whether the readers have left. */
  async upgrade({ scope, claimId, token, ...trace }: UpgradeRequest): Promise<ChangedReply> {
    const after = await this.ledger.decide({
      scope,
      command: { type: 'UpgradeClaim', data: { claimId, token } },
      commandId: changeId('upgrade', claimId, trace),
      causationId: trace.commandId,
      correlationId: trace.correlationId,
    });
    return changed({ scope, claimId, token }, after);
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

function endOf(claimId: string, { ended }: Ledger): LeasingRefusal {
  const end = ended.get(claimId);
  if (end?.how === 'denied') return lockCycle(claimId, end.cycle ?? []);
  return claimEnded(claimId, end?.how ?? 'ended');
}

/** A grant may be changed to and fro: without a command's own id every asking is a new one, and the ledger knows repeats. */
function changeId(
  what: string,
  claimId: string,
  { commandId }: { readonly commandId?: string | undefined },
): string {
  return `${what}/${claimId}/${commandId ?? randomUUID()}`;
}

function changed(
  { scope, claimId, token }: { readonly scope: string; readonly claimId: string; readonly token: number },
  after: Ledger,
): ChangedReply {
  const held = after.held.get(claimId);
  if (held === undefined) throw claimEnded(claimId, 'ended');
  if (held.upgradeRequestedAt === undefined)
    return { status: 'held', scope, claimId, token, resources: held.resources };
  const holders = readersBeside(held, after).map(({ claimId: id, owner, resources }) => ({
    claimId: id,
    owner,
    resources,
  }));
  return { status: 'upgrading', scope, claimId, token, holders };
}
