import {
  acceptRequestSchema,
  counterRequestSchema,
  extendRequestSchema,
  negotiationRequestSchema,
  openNegotiationRequestSchema,
  proposeRequestSchema,
  refuseRequestSchema,
  reorderRequestSchema,
  resourceSubjects,
  revokeRequestSchema,
  type AcceptRequest,
  type CounterRequest,
  type EndedReply,
  type ExtendRequest,
  type NegotiationReply,
  type NegotiationRequest,
  type OpenNegotiationRequest,
  type ProposeRequest,
  type RefuseRequest,
  type ReorderRequest,
  type RevokeRequest,
} from '@missions/leasing';
import { RequestController } from '@missions/runtime';
import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { InterveneInLedger } from './application/intervene-in-ledger.ts';
import { KeepLeases } from './application/keep-leases.ts';
import { Negotiate } from './application/negotiate.ts';

/** Talk about who gives way, and what people do over everybody's head. */
@RequestController()
export class NegotiationController {
  constructor(
    @Inject(Negotiate) private readonly talk: Negotiate,
    @Inject(InterveneInLedger) private readonly people: InterveneInLedger,
    @Inject(KeepLeases) private readonly leases: KeepLeases,
  ) {}

  @MessagePattern(resourceSubjects.openNegotiation)
  open(
    @Payload({ schema: openNegotiationRequestSchema }) request: OpenNegotiationRequest,
  ): Promise<NegotiationReply> {
    return this.talk.open(request);
  }

  @MessagePattern(resourceSubjects.propose)
  propose(@Payload({ schema: proposeRequestSchema }) request: ProposeRequest): Promise<NegotiationReply> {
    return this.talk.propose(request);
  }

  @MessagePattern(resourceSubjects.counter)
  counter(@Payload({ schema: counterRequestSchema }) request: CounterRequest): Promise<NegotiationReply> {
    return this.talk.counter(request);
  }

  @MessagePattern(resourceSubjects.accept)
  accept(@Payload({ schema: acceptRequestSchema }) request: AcceptRequest): Promise<NegotiationReply> {
    return this.talk.accept(request);
  }

  @MessagePattern(resourceSubjects.refuse)
  refuse(@Payload({ schema: refuseRequestSchema }) request: RefuseRequest): Promise<NegotiationReply> {
    return this.talk.refuse(request);
  }

  @MessagePattern(resourceSubjects.negotiation)
  negotiation(
    @Payload({ schema: negotiationRequestSchema }) request: NegotiationRequest,
  ): Promise<NegotiationReply> {
    return this.leases.negotiation(request);
  }

  @MessagePattern(resourceSubjects.revoke)
  revoke(@Payload({ schema: revokeRequestSchema }) request: RevokeRequest): Promise<EndedReply> {
    return this.people.revoke(request);
  }

  @MessagePattern(resourceSubjects.extend)
  extend(@Payload({ schema: extendRequestSchema }) request: ExtendRequest): Promise<EndedReply> {
    return this.people.extend(request);
  }

  @MessagePattern(resourceSubjects.reorder)
  reorder(@Payload({ schema: reorderRequestSchema }) request: ReorderRequest): Promise<EndedReply> {
    return this.people.reorder(request);
  }
}
