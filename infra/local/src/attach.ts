import { probeNats, type NatsLogin } from './probe-nats.ts';
import { probePostgres } from './probe-postgres.ts';

export interface AttachOptions {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly natsLogin?: NatsLogin;
  /** For each server; 5 s by default. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

/** Servers that somebody else runs. */
export interface AttachedInfrastructure {
  readonly postgres: { readonly url: string };
  readonly nats: { readonly url: string };
}

/** Makes sure that existing servers answer and are fit; refuses with what is wrong with the first that is not, never hangs. */
export async function attachInfrastructure(options: AttachOptions): Promise<AttachedInfrastructure> {
  const limits = { limitMs: options.limitMs ?? 5_000, ...(options.signal && { signal: options.signal }) };
  const problems = await Promise.all([
    probePostgres(options.databaseUrl, limits),
    probeNats(options.natsUrl, { ...limits, ...(options.natsLogin && { login: options.natsLogin }) }),
  ]);
  options.signal?.throwIfAborted();
  const problem = problems.find((found) => found !== undefined);
  if (problem !== undefined) throw problem;
  return { postgres: { url: options.databaseUrl }, nats: { url: options.natsUrl } };
}
