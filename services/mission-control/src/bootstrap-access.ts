import type { ServiceEnvironment } from '@missions/runtime';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { ManageTokens } from './application/manage-tokens.ts';

/** Lets the person who set this machine up in, before the first request. */
export class BootstrapAccess implements OnApplicationBootstrap {
  constructor(
    private readonly tokens: ManageTokens,
    private readonly environment: ServiceEnvironment,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { adminToken, adminPerson } = this.environment;
    if (adminToken !== undefined) await this.tokens.admit(adminPerson, adminToken);
  }
}
