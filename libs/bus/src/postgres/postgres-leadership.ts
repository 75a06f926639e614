import { delay } from '@missions/kernel';
import pg from 'pg';
import type { Leadership } from '../relay/leadership.ts';

const RETRY_MS = 2_000;
/** First half of the two-part advisory lock key; one-part keys are the locks of streams. */
const LOCK_CLASS = 7_140_002;

export interface PostgresLeadershipOptions {
  readonly connectionString: string;
  /** What is led; another name is another leader. */
  readonly name: string;
  readonly onProblem?: (error: unknown) => void;
}

/** Leads as long as one session of its own holds an advisory lock; the server frees it with the session. */
export class PostgresLeadership implements Leadership {
  readonly #options: PostgresLeadershipOptions;
  readonly #stopping = new AbortController();
  #holds = false;
  #running: Promise<void> | undefined;

  constructor(options: PostgresLeadershipOptions) {
    this.#options = options;
  }

  holds(): boolean {
    return this.#holds;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('Stopped.'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#stand();
      } catch (error) {
        this.#report(error);
      }
      this.#holds = false;
      await delay(RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** Tries with one session until it leads, then leads until the session ends. */
  async #stand(): Promise<void> {
    const { signal } = this.#stopping;
    const client = new pg.Client({
      connectionString: this.#options.connectionString,
      connectionTimeoutMillis: 5_000,
      application_name: `leader:${this.#options.name}`,
    });
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve);
      client.on('error', () => {
        resolve();
      });
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    try {
      await client.connect();
      while (!(await this.#tryLock(client))) await delay(RETRY_MS, signal);
      this.#holds = true;
      await ended;
    } finally {
      this.#holds = false;
      await client.end().catch(() => undefined);
    }
  }

  #report(error: unknown): void {
    if (!this.#stopping.signal.aborted) this.#options.onProblem?.(error);
  }

  async #tryLock(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<{ held: boolean }>(
      'select pg_try_advisory_lock($1, hashtext($2)) as held',
      [LOCK_CLASS, this.#options.name],
    );
    return rows[0]?.held === true;
  }
}
