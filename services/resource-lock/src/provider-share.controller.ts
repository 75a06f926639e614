import {
  giveBackRequestSchema,
  shareRequestSchema,
  shareSubjects,
  type GiveBackReply,
  type GiveBackRequest,
  type ShareReply,
  type ShareRequest,
} from '@missions/leasing';
import { RequestController } from '@missions/runtime';
import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { LendShares } from './application/lend-shares.ts';

/** What the replicas that call models ask about the accounts they call them with. */
@RequestController()
export class ProviderShareController {
  constructor(@Inject(LendShares) private readonly shares: LendShares) {}

  @MessagePattern(shareSubjects.lend)
  lend(@Payload({ schema: shareRequestSchema }) request: ShareRequest): Promise<ShareReply> {
    return this.shares.lend(request);
  }

  @MessagePattern(shareSubjects.giveBack)
  giveBack(@Payload({ schema: giveBackRequestSchema }) request: GiveBackRequest): Promise<GiveBackReply> {
    return this.shares.giveBack(request);
  }
}
