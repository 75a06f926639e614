import pg from 'pg';
import { nameOfText, type Statement } from '../prepared-text.ts';
import { faultOf, isConnectionLost } from './postgres-faults.ts';

/** Runs statements; errors rise as the driver throws them, save that nothing else is lost by one. */
export type RunStatement = <Row extends pg.QueryResultRow>(
  statement: Statement,
  values: readonly unknown[],
) => Promise<readonly Row[]>;

/** Prepares the texts that have a name. */
class PreparingClient extends pg.Client {
  override query(...asked: unknown[]): never {
    const [text, values] = asked;
    const name = typeof text === 'string' ? nameOfText(text) : undefined;
    const passed = name === undefined ? asked : [{ name, text, values }, ...asked.slice(2)];
    return (super.query as (...passed: unknown[]) => never).apply(this, passed);
  }
}

export interface PoolOptions {
  readonly connectionString: string;
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Longest time for a connection to be had, and for a statement to wait for a lock. */
  readonly waitMs?: number;
  readonly statementMs?: number;
  /** A transaction that does nothing for so long is ended by the server: an open one holds up the feed of all. */
  readonly idleInTransactionMs?: number;
}

export function openPool(options: PoolOptions): pg.Pool {
  const { waitMs = 10_000, statementMs = 30_000, idleInTransactionMs = 15_000 } = options;
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString: options.connectionString,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: waitMs,
    lock_timeout: waitMs,
    statement_timeout: statementMs,
    // A little longer than the server's own limit, for a server that does not answer at all.
    query_timeout: statementMs + 5_000,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
  });
  // A connection may be lost while nobody waits for it. Without a listener that would end the process; with one, the next
  // statement on it fails and the pool opens another.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Statements on a pool, each in its own implicit transaction. Keeps a connection whose statement merely failed. */
export function poolSession(pool: pg.Pool): RunStatement {
  return async <Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]) => {
    const client = await pool.connect().catch(riseAsFault);
    let lost = false;
    try {
      const { rows } = await client.query<Row>({ ...statement, values: [...values] });
      return rows;
    } catch (error) {
      lost = isConnectionLost(error);
      throw error;
    } finally {
      client.release(lost);
    }
  };
}

/** Rejects with a `StoreUnavailableError` where the driver reported a transient trouble. */
export async function withFaults<T>(work: Promise<T>): Promise<T> {
  return work.catch(riseAsFault);
}

function riseAsFault(error: unknown): never {
  throw faultOf(error);
}
