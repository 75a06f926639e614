import { randomUUID } from 'node:crypto';
import {
  claimEnded,
  lockCycle,
  readersBeside,
  scopeOf,
  unknownClaim,
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
  type TicketReply,
  type TicketRequest,
  type UpgradeRequest,
  type WithdrawRequest,
} from '@missions/leasing';
import type { LeaseTable } from '../ports/lease-table.ts';
import type { DecideOnLedger } from './decide-on-ledger.ts';
import type { LedgerWatch } from './ledger-watch.ts';
import type { Ledgers } from './ledgers.ts';

/** Asking for resources and giving them back. */
export class ClaimResources {
  constructor(
    private readonly ledger: DecideOnLedger,
    private readonly leases: LeaseTable,
    private readonly ledgers: Pick<Ledgers, 'newest'>,
    private readonly watch: Pick<LedgerWatch, 'until'>,
  ) {}

  /** Asking again with the same claim id tells how the claim stands now. Waits only as long as the request says. */
  async claim({ commandId, correlationId, waitMs = 0, ...claim }: ClaimRequest): Promise<ClaimReply> {
    const scope = scopeOf(claim.resources);
    const { claimId } = claim;
    const decided = await this.ledger.decide({
      scope,
      command: { type: 'RequestClaim', data: claim },
      commandId: `request/${claimId}`,
      causationId: commandId,
      correlationId: correlationId ?? claim.owner.missionId,
    });
    const isAnswered = (ledger: Ledger): boolean => waitingClaim(ledger, claimId) === undefined;
    const after =
      waitMs === 0 || isAnswered(decided) ? decided : await this.watch.until(scope, isAnswered, waitMs);
    const reply = await this.standing(scope, claimId, after);
    if (reply.status === 'ended') throw endOf(claimId, after);
    return reply;
  }

  /** How a claim stands, without asking for anything; refused when the ledger does not know it. */
  async ticket({ scope, claimId }: TicketRequest): Promise<TicketReply> {
    return this.standing(scope, claimId, await this.ledgers.newest(scope));
  }

  async release({ scope, claimId, token, change, ...trace }: ReleaseRequest): Promise<EndedReply> {
    const { version } = await this.ledger.decide({
      scope,
      command: { type: 'ReleaseClaim', data: { claimId, token, ...(change && { change }) } },
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

  private async standing(scope: string, claimId: string, ledger: Ledger): Promise<TicketReply> {
    const held = ledger.held.get(claimId);
    if (held !== undefined)
      return { status: 'granted', scope, claimId, token: held.token, ttlMs: held.ttlMs };
    const end = ledger.ended.get(claimId);
    if (end !== undefined) return { status: 'ended', scope, claimId, how: end.how };
    if (waitingClaim(ledger, claimId) === undefined) throw unknownClaim(claimId);
    return { status: 'queued', scope, claimId, ...waitingView(claimId, ledger, await this.leases.now()) };
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
