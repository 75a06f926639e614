import {
  extendLockBodySchema,
  ledgerHistoryQuerySchema,
  locksQuerySchema,
  reorderLockBodySchema,
  revokeLockBodySchema,
  type LedgerHistory,
  type LockChanged,
  type LockLedger,
  type LockNegotiation,
} from '@missions/contracts';
import { scopeSchema } from '@missions/leasing';
import { Body, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { InterveneInLocks } from '../../application/intervene-in-locks.ts';
import { ReadLedgerHistory } from '../../application/read-ledger-history.ts';
import { ReadLocks, type LockFilter } from '../../application/read-locks.ts';
import type { CommandOrigin } from '../../application/send-command.ts';
import { ApiController } from './api.controller.ts';
import { Origin } from './caller.ts';

/** What missions share, and what people do about it. */
@ApiController()
export class LocksController {
  constructor(
    @Inject(ReadLocks) private readonly locks: ReadLocks,
    @Inject(ReadLedgerHistory) private readonly past: ReadLedgerHistory,
    @Inject(InterveneInLocks) private readonly people: InterveneInLocks,
  ) {}

  @Get('v1/locks')
  all(@Query({ schema: locksQuerySchema }) filter: LockFilter): Promise<readonly LockLedger[]> {
    return this.locks.ledgers(filter);
  }

  @Get('v1/locks/negotiations/:id')
  negotiation(@Param('id') id: string): Promise<LockNegotiation> {
    return this.locks.negotiation(id);
  }

  @Get('v1/locks/:scope/history')
  history(
    @Param('scope', { schema: scopeSchema }) scope: string,
    @Query({ schema: ledgerHistoryQuerySchema }) asked: z.infer<typeof ledgerHistoryQuerySchema>,
  ): Promise<LedgerHistory> {
    return this.past.history(scope, asked);
  }

  @Post('v1/locks/:scope/revoke')
  @HttpCode(202)
  revoke(
    @Origin() origin: CommandOrigin,
    @Param('scope', { schema: scopeSchema }) scope: string,
    @Body({ schema: revokeLockBodySchema }) body: z.infer<typeof revokeLockBodySchema>,
  ): Promise<LockChanged> {
    return this.people.intervene(origin, 'revoke', { scope, ...body });
  }

  @Post('v1/locks/:scope/extend')
  @HttpCode(202)
  extend(
    @Origin() origin: CommandOrigin,
    @Param('scope', { schema: scopeSchema }) scope: string,
    @Body({ schema: extendLockBodySchema }) body: z.infer<typeof extendLockBodySchema>,
  ): Promise<LockChanged> {
    return this.people.intervene(origin, 'extend', { scope, ...body });
  }

  @Post('v1/locks/:scope/reorder')
  @HttpCode(202)
  reorder(
    @Origin() origin: CommandOrigin,
    @Param('scope', { schema: scopeSchema }) scope: string,
    @Body({ schema: reorderLockBodySchema }) body: z.infer<typeof reorderLockBodySchema>,
  ): Promise<LockChanged> {
    return this.people.intervene(origin, 'reorder', { scope, ...body });
  }
}
