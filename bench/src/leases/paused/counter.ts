import pg from 'pg';

const TABLE = `create table paused_counter (key text primary key, newest bigint not null default 0, value bigint not null default 0)`;
const FENCED = `update paused_counter set value = value + 1, newest = $2 where key = $1 and newest <= $2 returning value`;
const UNFENCED = `update paused_counter set value = value + 1 where key = $1 and $2::bigint is not null returning value`;

/** A counter that holders of a key move: the effect that a lease protects, with the check of its token or without. */
export class Counter {
  private constructor(
    private readonly connection: pg.Client,
    private readonly fenced: boolean,
  ) {}

  static async create(url: string, keys: readonly string[]): Promise<void> {
    await connected(url, async (connection) => {
      await connection.query(TABLE);
      await connection.query('insert into paused_counter (key) select unnest($1::text[])', [keys]);
    });
  }

  static async open({ url, fenced }: { readonly url: string; readonly fenced: boolean }): Promise<Counter> {
    const connection = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    await connection.connect();
    return new Counter(connection, fenced);
  }

  /** What it was moved to; undefined when it has seen a newer token. */
  async count(key: string, token: number): Promise<number | undefined> {
    const { rows } = await this.connection.query<{ value: string }>(this.fenced ? FENCED : UNFENCED, [
      key,
      token,
    ]);
    return rows[0] && Number(rows[0].value);
  }
}

async function connected(url: string, work: (connection: pg.Client) => Promise<void>): Promise<void> {
  const connection = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await connection.connect();
  try {
    await work(connection);
  } finally {
    await connection.end();
  }
}
