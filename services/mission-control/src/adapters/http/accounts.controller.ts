import { newTokenBodySchema, type MeView } from '@missions/contracts';
import { Body, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { ManageTokens } from '../../application/manage-tokens.ts';
import type { AccessToken, Identity } from '../../ports/access-tokens.ts';
import { ApiController } from './api.controller.ts';
import { Caller } from './caller.ts';

/** Who may use the API. */
@ApiController()
export class AccountsController {
  constructor(@Inject(ManageTokens) private readonly tokens: ManageTokens) {}

  @Get('v1/me')
  me(@Caller() { tokenId, person, role, kind }: Identity): MeView {
    return { tokenId, person, role, kind };
  }

  @Get('v1/tokens')
  async list(): Promise<object[]> {
    return (await this.tokens.list()).map(tokenView);
  }

  @Post('v1/tokens')
  @HttpCode(200)
  async issue(
    @Body({ schema: newTokenBodySchema }) order: z.infer<typeof newTokenBodySchema>,
  ): Promise<object> {
    const { token, ...issued } = await this.tokens.issue(order);
    return { ...tokenView(issued), token };
  }

  @Delete('v1/tokens/:id')
  async revoke(@Param('id') id: string): Promise<object[]> {
    await this.tokens.revoke(id);
    return this.list();
  }
}

function tokenView({ tokenId, person, role, kind, createdAt, expiresAt }: AccessToken): object {
  return {
    ...{ tokenId, person, role, kind },
    createdAt: createdAt.toISOString(),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
  };
}
