import { createHash, randomBytes } from 'node:crypto';
import { DomainError } from '@missions/kernel';
import type { AccessTokens, Identity } from '../ports/access-tokens.ts';

/** Finds out who sends a request; refuses with `UNAUTHENTICATED`, without saying what exactly is wrong. */
export class Authenticate {
  constructor(private readonly tokens: AccessTokens) {}

  async identify(authorization: string | undefined): Promise<Identity> {
    const value = /^Bearer ([\w.~+/=-]{8,512})$/i.exec(authorization ?? '')?.[1];
    const found = value === undefined ? undefined : await this.tokens.find(hashOf(value));
    if (found !== undefined) return found;
    throw new DomainError(
      'UNAUTHENTICATED',
      'This needs a valid bearer token; the local stack keeps one in admin.token of its state directory.',
    );
  }
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** A new token's value, shown once. */
export function newTokenValue(): string {
  return `mst_${randomBytes(32).toString('base64url')}`;
}
