import { missionCommandSubject, type MissionCommandReply } from '@missions/contracts';
import { RequestController } from '@missions/runtime';
import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { HandleMissionCommand } from '../application/handle-mission-command.ts';

@RequestController()
export class MissionCommandController {
  constructor(
    @Inject(HandleMissionCommand) private readonly handleMissionCommand: HandleMissionCommand<unknown>,
  ) {}

  @MessagePattern(missionCommandSubject)
  command(@Payload() payload: unknown): Promise<MissionCommandReply> {
    return this.handleMissionCommand.fromWire(payload);
  }
}
