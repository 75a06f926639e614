import { sql, type QueryExecutorProvider } from 'kysely';
import type { AccessToken, AccessTokens, NewAccessToken } from '../ports/access-tokens.ts';

interface TokenRow {
  readonly id: string;
  readonly person: string;
  readonly role: AccessToken['role'];
  readonly kind: AccessToken['kind'];
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

const columns = sql.raw('id, person, role, kind, created_at, expires_at');

export class PostgresAccessTokens implements AccessTokens {
  constructor(private readonly database: QueryExecutorProvider) {}

  async find(hash: Buffer): Promise<AccessToken | undefined> {
    const { rows } = await sql<TokenRow>`
      select ${columns} from access_token
      where hash = ${hash} and (expires_at is null or expires_at > clock_timestamp())`.execute(this.database);
    return rows.map(accessToken)[0];
  }

  async list(): Promise<readonly AccessToken[]> {
    const { rows } = await sql<TokenRow>`
      select ${columns} from access_token order by created_at, id`.execute(this.database);
    return rows.map(accessToken);
  }

  async put({ tokenId, hash, person, role, kind, expiresAt }: NewAccessToken): Promise<void> {
    await sql`
      insert into access_token (id, hash, person, role, kind, expires_at)
      values (${tokenId}, ${hash}, ${person}, ${role}, ${kind}, ${expiresAt ?? null})
      on conflict (id) do update set hash = excluded.hash, person = excluded.person, role = excluded.role,
        kind = excluded.kind, expires_at = excluded.expires_at`.execute(this.database);
  }

  async revoke(tokenId: string): Promise<boolean> {
    const { numAffectedRows } = await sql`delete from access_token where id = ${tokenId}`.execute(
      this.database,
    );
    return (numAffectedRows ?? 0n) > 0n;
  }
}

function accessToken(row: TokenRow): AccessToken {
  return {
    tokenId: row.id,
    person: row.person,
    role: row.role,
    kind: row.kind,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
  };
}
