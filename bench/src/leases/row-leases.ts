import { delay } from '@missions/kernel';
import pg from 'pg';
import { asAdmin } from '../ground/log-database.ts';
import type { LeaseClient, LeaseSystem } from './lease-system.ts';

const TABLE = `create table bare_lease (
  key text primary key, holder text, expires_at timestamptz not null default '-infinity', token bigint not null default 0)`;
const ADD = `insert into bare_lease (key) values ($1) on conflict do nothing`;
const ACQUIRE = {
  name: 'bench_acquire',
  text: `update bare_lease set holder = $2, token = token + 1, expires_at = clock_timestamp() + $3 * interval '1 millisecond'
    where key = $1 and (expires_at < clock_timestamp() or holder = $2) returning token`,
};
const RELEASE = {
  name: 'bench_release',
  text: `update bare_lease set holder = null, expires_at = '-infinity' where key = $1 and holder = $2 and token = $3`,
};

/** The floor of a lease: one row, one committed UPDATE to have it and one to give it back, and nobody to tell the next. */
export async function rowLeases(adminUrl: string): Promise<LeaseSystem> {
  await asAdmin(adminUrl, TABLE);
  return {
    name: 'row',
    what: 'a lease row in the same Postgres, a prepared UPDATE each for acquire and release; waiters ask again',
    client: (name, ttlMs) => openRowClient(adminUrl, name, ttlMs),
    close: () => Promise.resolve(),
  };
}

/** On a table that `rowLeases` has made. */
export async function openRowClient(adminUrl: string, name: string, ttlMs: number): Promise<LeaseClient> {
  const connection = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  await connection.connect();
  return new RowClient(connection, name, ttlMs);
}

class RowClient implements LeaseClient {
  readonly #known = new Set<string>();

  constructor(
    private readonly connection: pg.Client,
    private readonly name: string,
    private readonly ttlMs: number,
  ) {}

  async acquire(key: string): Promise<number> {
    if (!this.#known.has(key)) await this.connection.query(ADD, [key]);
    this.#known.add(key);
    for (;;) {
      const { rows } = await this.connection.query<{ token: string }>({
        ...ACQUIRE,
        values: [key, this.name, this.ttlMs],
      });
      if (rows[0]) return Number(rows[0].token);
      await delay(5 + Math.random() * 10);
    }
  }

  async release(key: string, token: number): Promise<void> {
    await this.connection.query({ ...RELEASE, values: [key, this.name, token] });
  }

  close(): Promise<void> {
    return this.connection.end();
  }
}
