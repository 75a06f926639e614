import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { reasonOf } from './probe-postgres.ts';
import { SetupError } from './setup-error.ts';

/** How to log in: an nkey's seed and the prefix under which this user may receive replies. */
export interface NatsLogin {
  readonly seed: string;
  readonly inboxPrefix: string;
}

export interface NatsProbeOptions {
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  /** The name the server must have; a stranger on the same port is then refused. */
  readonly serverName?: string;
  readonly login?: NatsLogin;
}

/** Asks a NATS server whether it is there and has JetStream; undefined when so, else what is wrong in words a person can act on. */
export async function probeNats(url: string, options: NatsProbeOptions): Promise<SetupError | undefined> {
  if (options.signal?.aborted) return unreachable(url, options.signal.reason);
  let connection: NatsConnection | undefined;
  try {
    connection = await connectOrAbort(url, options);
    return await examine(connection, url, options);
  } catch (error) {
    return explain(url, error);
  } finally {
    await connection?.close();
  }
}

/** The client cannot be told to give up early; an abandoned attempt closes what it may still reach. */
async function connectOrAbort(url: string, options: NatsProbeOptions): Promise<NatsConnection> {
  const { limitMs, signal } = options;
  const connecting = connect({
    servers: url,
    timeout: limitMs,
    reconnect: false,
    ...loginOptions(options.login),
  });
  if (signal === undefined) return connecting;
  const abandoned = Promise.withResolvers<never>();
  const onAbort = (): void => {
    connecting.then((late) => late.close()).catch(() => undefined);
    abandoned.reject(new Error('aborted'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([connecting, abandoned.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function examine(
  connection: NatsConnection,
  url: string,
  options: NatsProbeOptions,
): Promise<SetupError | undefined> {
  const name = connection.info?.server_name;
  if (options.serverName !== undefined && name !== options.serverName) {
    return new SetupError('NATS_STRANGER', `${url} is answered by another server (${String(name)}).`, {
      remedy: 'Stop it or choose another port.',
      evidence: { url, name },
    });
  }
  const reply = await connection.request('$JS.API.INFO', undefined, { timeout: options.limitMs });
  const { error } = reply.json<{ error?: { description: string } }>();
  return error === undefined ? undefined : noJetStream(url, error.description);
}

function explain(url: string, error: unknown): SetupError {
  const text = error instanceof Error ? `${error.name} ${error.message}` : '';
  if (/authorization|authentication|permissions/i.test(text)) {
    return new SetupError('NATS_AUTH', `NATS at ${url} refused the credentials.`, {
      remedy: 'Check MISSIONS_NATS_URL and the NATS credentials.',
      cause: error,
    });
  }
  if (/no responders/i.test(text)) return noJetStream(url, 'no responders', error);
  return unreachable(url, error);
}

function noJetStream(url: string, reason: string, cause?: unknown): SetupError {
  return new SetupError('NATS_NO_JETSTREAM', `NATS at ${url} has no JetStream (${reason}).`, {
    remedy: 'Start it with JetStream on (nats-server -js).',
    cause,
  });
}

function unreachable(url: string, error: unknown): SetupError {
  return new SetupError('NATS_UNREACHABLE', `NATS at ${url} does not answer (${reasonOf(error)}).`, {
    remedy: 'Start it, or check MISSIONS_NATS_URL.',
    evidence: { url },
    cause: error,
  });
}

function loginOptions(login: NatsLogin | undefined): object {
  if (login === undefined) return {};
  return {
    authenticator: nkeyAuthenticator(new TextEncoder().encode(login.seed)),
    inboxPrefix: login.inboxPrefix,
  };
}
