import { randomUUID } from 'node:crypto';
import {
  answersBodySchema,
  approvalBodySchema,
  budgetBodySchema,
  createMissionBodySchema,
  decisionBodySchema,
  messageBodySchema,
  parseApprovalId,
  reasonBodySchema,
  requiredReasonBodySchema,
  waiverBodySchema,
  type CommandAccepted,
} from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import { Body, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { CreateMission } from '../../application/create-mission.ts';
import { SendCommand, type CommandOrigin } from '../../application/send-command.ts';
import { SendMessage } from '../../application/send-message.ts';
import { ApiController } from './api.controller.ts';
import { Origin } from './caller.ts';

type Reason = z.infer<typeof reasonBodySchema> | undefined;
type RequiredReason = z.infer<typeof requiredReasonBodySchema>;

/** What a person asks of a mission; answered after the append. */
@ApiController()
export class CommandsController {
  constructor(
    @Inject(CreateMission) private readonly createMission: CreateMission,
    @Inject(SendCommand) private readonly commands: SendCommand,
    @Inject(SendMessage) private readonly sendMessage: SendMessage,
  ) {}

  @Post('v1/missions')
  @HttpCode(202)
  create(
    @Origin() origin: CommandOrigin,
    @Body({ schema: createMissionBodySchema }) body: z.infer<typeof createMissionBodySchema>,
  ): Promise<CommandAccepted> {
    return this.createMission.create(origin, body);
  }

  @Post('v1/missions/:id/answers')
  @HttpCode(202)
  async answer(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: answersBodySchema }) { answers }: z.infer<typeof answersBodySchema>,
  ): Promise<CommandAccepted> {
    // One key names them all: a repeat of the request is a repeat of each.
    let next: CommandOrigin = { ...origin, idempotencyKey: origin.idempotencyKey ?? randomUUID() };
    let accepted: CommandAccepted | undefined;
    for (const [index, data] of answers.entries()) {
      accepted = await this.commands.send(next, id, { type: 'AnswerQuestion', data }, `/${String(index)}`);
      next = { ...next, expectedVersion: undefined };
    }
    if (accepted === undefined) throw new DomainError('MALFORMED_REQUEST', 'answers: at least one.');
    return accepted;
  }

  @Post('v1/missions/:id/approval')
  @HttpCode(202)
  approve(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: approvalBodySchema }) body: z.infer<typeof approvalBodySchema>,
  ): Promise<CommandAccepted> {
    if (body.decision === 'reject')
      return this.commands.send(origin, id, { type: 'RejectPlan', data: { reason: body.reason } });
    return this.commands.send(origin, id, { type: 'ApprovePlan', data: { hash: body.hash } });
  }

  @Post('v1/approvals/:id')
  @HttpCode(202)
  decide(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: decisionBodySchema }) { decision, reason }: z.infer<typeof decisionBodySchema>,
  ): Promise<CommandAccepted> {
    const parsed = parseApprovalId(id);
    if (parsed === undefined)
      throw new DomainError('UNKNOWN_APPROVAL', `${id} names no approval; one looks like m-7f3k2a:APR-1.`, {
        id,
      });
    const { missionId, approvalId } = parsed;
    return this.commands.send(origin, missionId, {
      type: 'DecideApproval',
      data: { approvalId, decision, reason },
    });
  }

  @Post('v1/missions/:id/messages')
  @HttpCode(202)
  message(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: messageBodySchema }) body: z.infer<typeof messageBodySchema>,
  ): Promise<CommandAccepted> {
    return this.sendMessage.send(origin, id, body);
  }

  @Post('v1/missions/:id/pause')
  @HttpCode(202)
  pause(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: reasonBodySchema.optional() }) body: Reason,
  ): Promise<CommandAccepted> {
    return this.commands.send(origin, id, { type: 'PauseMission', data: { reason: body?.reason } });
  }

  @Post('v1/missions/:id/resume')
  @HttpCode(202)
  resume(@Origin() origin: CommandOrigin, @Param('id') id: string): Promise<CommandAccepted> {
    return this.commands.send(origin, id, { type: 'ResumeMission', data: {} });
  }

  @Post('v1/missions/:id/cancel')
  @HttpCode(202)
  cancel(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: reasonBodySchema.optional() }) body: Reason,
  ): Promise<CommandAccepted> {
    return this.commands.send(origin, id, { type: 'CancelMission', data: { reason: body?.reason } });
  }

  @Post('v1/missions/:id/budget')
  @HttpCode(202)
  budget(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: budgetBodySchema }) data: z.infer<typeof budgetBodySchema>,
  ): Promise<CommandAccepted> {
    return this.commands.send(origin, id, { type: 'RaiseBudget', data });
  }

  @Post('v1/missions/:id/waivers')
  @HttpCode(202)
  waive(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Body({ schema: waiverBodySchema }) data: z.infer<typeof waiverBodySchema>,
  ): Promise<CommandAccepted> {
    return this.commands.send(origin, id, { type: 'WaiveAssertion', data });
  }

  @Post('v1/missions/:id/features/:feature/skip')
  @HttpCode(202)
  skip(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Param('feature') featureId: string,
    @Body({ schema: requiredReasonBodySchema }) { reason }: RequiredReason,
  ): Promise<CommandAccepted> {
    return this.commands.send(origin, id, { type: 'SkipFeature', data: { featureId, reason } });
  }

  @Post('v1/missions/:id/features/:feature/retry')
  @HttpCode(202)
  retry(
    @Origin() origin: CommandOrigin,
    @Param('id') id: string,
    @Param('feature') featureId: string,
    @Body({ schema: requiredReasonBodySchema }) { reason }: RequiredReason,
  ): Promise<CommandAccepted> {
    return this.commands.send(origin, id, { type: 'RetryFeature', data: { featureId, reason } });
  }
}
