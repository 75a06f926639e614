import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import type { Effect } from '../history.ts';

const schema = `
  create table effect_fence (resource text primary key, newest integer not null);
  create table effect (
    seq bigint generated always as identity primary key,
    resource text not null, claim_id text not null, token integer not null, accepted boolean not null)`;

/** A thing in Postgres to which effects happen, and which refuses a token older than the newest it has seen. */
export class Effects {
  private readonly postgres: Postgres<unknown>;

  constructor(
    connectionString: string,
    /** Without its check it takes whatever comes. */
    private readonly checksToken = true,
  ) {
    this.postgres = openPostgres({ connectionString, poolSize: 4, applicationName: 'effects' });
  }

  async create(): Promise<void> {
    await this.postgres.pool.query(schema);
  }

  /** Takes the effect if no newer token was seen; the row of the fence puts effects into one order. */
  async happen(resource: string, claimId: string, token: number): Promise<void> {
    const client = await this.postgres.pool.connect();
    try {
      await client.query('begin');
      await client.query(`insert into effect_fence values ($1, 0) on conflict do nothing`, [resource]);
      const { rows } = await client.query<{ newest: number }>(
        `select newest from effect_fence where resource = $1 for update`,
        [resource],
      );
      const accepted = !this.checksToken || token >= (rows[0]?.newest ?? 0);
      await client.query(`update effect_fence set newest = greatest(newest, $2) where resource = $1`, [
        resource,
        token,
      ]);
      await client.query(`insert into effect (resource, claim_id, token, accepted) values ($1, $2, $3, $4)`, [
        resource,
        claimId,
        token,
        accepted,
      ]);
      await client.query('commit');
    } finally {
      client.release();
    }
  }

  async all(): Promise<readonly Effect[]> {
    const { rows } = await this.postgres.pool.query<Effect>(
      `select resource, claim_id as "claimId", token, accepted from effect order by seq`,
    );
    return rows;
  }

  close(): Promise<void> {
    return this.postgres.close();
  }
}
