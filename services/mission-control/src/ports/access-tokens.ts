import type { ApiRole } from '@missions/contracts';
import { token } from '@missions/runtime';

/** Who a bearer token stands for. */
export interface Identity {
  readonly tokenId: string;
  readonly person: string;
  readonly role: ApiRole;
  /** An agent may read, and decide nothing. */
  readonly kind: 'person' | 'agent';
}

export interface AccessToken extends Identity {
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

export type NewAccessToken = Omit<AccessToken, 'createdAt'> & { readonly hash: Buffer };

/** Tokens by their hash; the value itself is never kept. */
export interface AccessTokens {
  /** The token, unless it has expired by the database's clock. */
  readonly find: (hash: Buffer) => Promise<AccessToken | undefined>;
  readonly list: () => Promise<readonly AccessToken[]>;
  /** A token of the same id is replaced. */
  readonly put: (token: NewAccessToken) => Promise<void>;
  /** False when there is none. */
  readonly revoke: (tokenId: string) => Promise<boolean>;
}

export const ACCESS_TOKENS = token<AccessTokens>('ACCESS_TOKENS');
