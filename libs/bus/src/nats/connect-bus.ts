import { AuthorizationError, nkeyAuthenticator, type ConnectionOptions } from '@nats-io/transport-node';
import { BusError, TopologyError } from '../bus-error.ts';
import type { Bus } from '../bus.ts';
import { defaultTopology, type Topology } from '../topology.ts';
import { NatsBus } from './nats-bus.ts';
import { NatsLink } from './nats-link.ts';
import { requireSuitableServer } from './server-check.ts';

const DEFAULT_LIMIT_MS = 10_000;
const CONNECT_LIMIT_MS = 3_000;

export type BusLogin =
  | { readonly user: string; readonly pass: string }
  /** The seed of an nkey, `SU…`. */
  | { readonly nkeySeed: string };

export interface BusAddress {
  readonly servers: readonly string[];
  readonly login?: BusLogin;
  /** Shown by the server; the service's name. */
  readonly name: string;
  /** Where answers arrive; the login's permissions name it. `_INBOX` by default. */
  readonly inboxPrefix?: string;
}

export interface ConnectBusOptions extends BusAddress {
  /** How long the first connection may take. */
  readonly limitMs?: number;
  /** Resolve without a connection when the limit has passed; it is made as soon as the server is there. */
  readonly mayBeAway?: boolean;
  readonly signal?: AbortSignal;
  readonly topology?: Topology;
  /** Told of lost connections, refused subscriptions, unreadable messages: all that is tried again or skipped. */
  readonly onProblem?: (error: unknown) => void;
}

/**
 * Connects to NATS and stays connected for ever. Rejects within the limit: `BusError` `BUS_DISCONNECTED` when nothing
 * answers there, `BUS_FORBIDDEN` when the login is refused, `TopologyError` when the server is too old or has no JetStream.
 */
export async function connectBus(options: ConnectBusOptions): Promise<Bus> {
  const onProblem = options.onProblem ?? (() => undefined);
  const link = new NatsLink(connectionOptions(options), onProblem);
  link.start();
  try {
    await reach(link, options);
  } catch (error) {
    await link.close();
    throw error;
  }
  return new NatsBus({ link, topology: options.topology ?? defaultTopology, onProblem });
}

async function reach(link: NatsLink, options: ConnectBusOptions): Promise<void> {
  const limitMs = options.limitMs ?? DEFAULT_LIMIT_MS;
  const limit = AbortSignal.timeout(limitMs);
  const refused = new AbortController();
  const forget = link.onProblem((error) => {
    if (error instanceof AuthorizationError) refused.abort(error);
  });
  const signals = [limit, refused.signal, ...(options.signal ? [options.signal] : [])];
  try {
    requireSuitableServer(await link.ready(AbortSignal.any(signals)));
  } catch (error) {
    if (error instanceof TopologyError) throw error;
    if (options.signal?.aborted) throw error;
    if (options.mayBeAway && limit.aborted) return;
    throw unreachable(link, options, limitMs);
  } finally {
    forget();
  }
}

function unreachable(link: NatsLink, { servers, name }: BusAddress, limitMs: number): BusError {
  const cause = link.lastError;
  const where = servers.join(', ');
  if (cause instanceof AuthorizationError) {
    return new BusError('BUS_FORBIDDEN', `NATS at ${where} refused the login of ${name}.`, {
      cause,
    });
  }
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const message = `NATS at ${where} was not reached within ${String(limitMs)} ms${why}.`;
  return new BusError('BUS_DISCONNECTED', message, { cause });
}

function connectionOptions({ servers, login, name, inboxPrefix }: BusAddress): ConnectionOptions {
  return {
    servers: [...servers],
    name,
    timeout: CONNECT_LIMIT_MS,
    pingInterval: 20_000,
    // A stack for every request, in case it fails, was a tenth of what the relay did; errors say what was asked.
    noAsyncTraces: true,
    ...(inboxPrefix !== undefined && { inboxPrefix }),
    ...(login && loginOptions(login)),
  };
}

function loginOptions(login: BusLogin): ConnectionOptions {
  if ('nkeySeed' in login) {
    return { authenticator: nkeyAuthenticator(new TextEncoder().encode(login.nkeySeed)) };
  }
  return { user: login.user, pass: login.pass };
}
