import { randomUUID } from 'node:crypto';
import { DomainError, type Clock } from '@missions/kernel';
import type { AccessToken, AccessTokens } from '../ports/access-tokens.ts';
import { hashOf, newTokenValue } from './authenticate.ts';

export const bootstrapTokenId = 'bootstrap-admin';

export interface TokenOrder {
  readonly person: string;
  readonly role: AccessToken['role'];
  readonly kind: AccessToken['kind'];
  readonly expiresInDays?: number | undefined;
}

const DAY_MS = 86_400_000;

export class ManageTokens {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
  ) {}

  list(): Promise<readonly AccessToken[]> {
    return this.tokens.list();
  }

  /** Makes a token; its value cannot be read again. */
  async issue({ expiresInDays, ...order }: TokenOrder): Promise<AccessToken & { readonly token: string }> {
    const token = newTokenValue();
    const createdAt = this.clock.now();
    const expiresAt =
      expiresInDays === undefined ? undefined : new Date(createdAt.getTime() + expiresInDays * DAY_MS);
    const issued = { ...order, tokenId: `tok-${randomUUID().slice(0, 8)}`, expiresAt };
    await this.tokens.put({ ...issued, hash: hashOf(token) });
    return { ...issued, createdAt, token };
  }

  async revoke(tokenId: string): Promise<void> {
    if (await this.tokens.revoke(tokenId)) return;
    throw new DomainError('TOKEN_NOT_FOUND', `There is no token ${tokenId}.`, { tokenId });
  }

  /** Lets the person who set this machine up in, with the token the set-up made. */
  async admit(person: string, token: string): Promise<void> {
    await this.tokens.put({
      tokenId: bootstrapTokenId,
      hash: hashOf(token),
      person,
      role: 'admin',
      kind: 'person',
      expiresAt: undefined,
    });
  }
}
