import { Socket } from 'node:net';
import pg from 'pg';
import { SetupError } from './setup-error.ts';

export interface ProbeOptions {
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/** Asks a Postgres server one question; undefined when it answers, else what is wrong in words a person can act on. Never hangs. */
export async function probePostgres(url: string, options: ProbeOptions): Promise<SetupError | undefined> {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: options.limitMs,
    query_timeout: options.limitMs,
    stream: () => socket,
  });
  client.on('error', () => undefined);
  // A server that accepts and says nothing is only left by closing the socket under the client.
  const onAbort = (): void => {
    socket.destroy();
  };
  if (options.signal?.aborted) return explain(url, options.signal.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    const version = rows[0]?.version ?? 0;
    return version >= 150_000 ? undefined : tooOld(version);
  } catch (error) {
    socket.destroy();
    return explain(url, error);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    client.end().catch(() => undefined);
  }
}

function explain(url: string, error: unknown): SetupError {
  const where = withoutPassword(url);
  const code = errorCode(error);
  if (code === '57P03') {
    return new SetupError('POSTGRES_STARTING', `Postgres at ${where} is starting up or shutting down.`, {
      remedy: 'Try again in a moment.',
      cause: error,
    });
  }
  if (code.startsWith('28')) {
    return new SetupError('POSTGRES_AUTH', `Postgres at ${where} refused the user or password.`, {
      remedy: 'Check MISSIONS_DATABASE_URL.',
      cause: error,
    });
  }
  if (code === '3D000') {
    return new SetupError('POSTGRES_NO_DATABASE', `Postgres at ${where} has no such database.`, {
      remedy: 'Create it or correct MISSIONS_DATABASE_URL.',
      cause: error,
    });
  }
  return new SetupError(
    'POSTGRES_UNREACHABLE',
    `Postgres at ${where} does not answer (${reasonOf(error)}).`,
    {
      remedy: 'Start it, or check MISSIONS_DATABASE_URL.',
      evidence: { where },
      cause: error,
    },
  );
}

function tooOld(version: number): SetupError {
  return new SetupError('POSTGRES_TOO_OLD', `Postgres ${String(Math.floor(version / 10_000))} is too old.`, {
    remedy: 'Use version 15 or newer.',
    evidence: { version },
  });
}

export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== '') return code;
  return error instanceof Error && error.message !== '' ? error.message : 'no reason given';
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  return error instanceof AggregateError ? errorCode(error.errors[0]) : '';
}

/** A URL fit for messages and logs. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  return parsed.href;
}
