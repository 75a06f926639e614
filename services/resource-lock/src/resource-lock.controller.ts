import {
  claimRequestSchema,
  narrowRequestSchema,
  releaseRequestSchema,
  renewRequestSchema,
  resourceSubjects,
  stateRequestSchema,
  ticketRequestSchema,
  upgradeRequestSchema,
  withdrawRequestSchema,
  type ChangedReply,
  type ClaimReply,
  type ClaimRequest,
  type EndedReply,
  type NarrowRequest,
  type ReleaseRequest,
  type RenewReply,
  type RenewRequest,
  type StateReply,
  type StateRequest,
  type TicketReply,
  type TicketRequest,
  type UpgradeRequest,
  type WithdrawRequest,
} from '@missions/leasing';
import { RequestController } from '@missions/runtime';
import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ClaimResources } from './application/claim-resources.ts';
import { KeepLeases } from './application/keep-leases.ts';

/** What other services ask over request/reply; the answer comes after the append. */
@RequestController()
export class ResourceLockController {
  constructor(
    @Inject(ClaimResources) private readonly claims: ClaimResources,
    @Inject(KeepLeases) private readonly leases: KeepLeases,
  ) {}

  @MessagePattern(resourceSubjects.claim)
  claim(@Payload({ schema: claimRequestSchema }) request: ClaimRequest): Promise<ClaimReply> {
    return this.claims.claim(request);
  }

  @MessagePattern(resourceSubjects.ticket)
  ticket(@Payload({ schema: ticketRequestSchema }) request: TicketRequest): Promise<TicketReply> {
    return this.claims.ticket(request);
  }

  @MessagePattern(resourceSubjects.release)
  release(@Payload({ schema: releaseRequestSchema }) request: ReleaseRequest): Promise<EndedReply> {
    return this.claims.release(request);
  }

  @MessagePattern(resourceSubjects.narrow)
  narrow(@Payload({ schema: narrowRequestSchema }) request: NarrowRequest): Promise<ChangedReply> {
    return this.claims.narrow(request);
  }

  @MessagePattern(resourceSubjects.upgrade)
  upgrade(@Payload({ schema: upgradeRequestSchema }) request: UpgradeRequest): Promise<ChangedReply> {
    return this.claims.upgrade(request);
  }

  @MessagePattern(resourceSubjects.withdraw)
  withdraw(@Payload({ schema: withdrawRequestSchema }) request: WithdrawRequest): Promise<EndedReply> {
    return this.claims.withdraw(request);
  }

  @MessagePattern(resourceSubjects.renew)
  renew(@Payload({ schema: renewRequestSchema }) request: RenewRequest): Promise<RenewReply> {
    return this.leases.renew(request);
  }

  @MessagePattern(resourceSubjects.state)
  state(@Payload({ schema: stateRequestSchema }) request: StateRequest): Promise<StateReply> {
    return this.leases.state(request);
  }
}
