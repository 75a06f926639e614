import { BusError, TopologyError, type Bus } from '@missions/bus';
import { connectBus, type BusLogin } from '@missions/bus/nats';
import { untilAvailable } from '../lifecycle/until-available.ts';
import type { ConnectionInput } from './connection-input.ts';

const attemptLimitMs = 3000;

/**
 * The bus of a service, under its own login and inbox. Waits for NATS up to `limits.startupMs`; a refused login or a server
 * that is too old ends the wait at once. Once there was a connection, a lost one is never the end of the service.
 */
export function openServiceBus({ name, config, environment, logger, signal }: ConnectionInput): Promise<Bus> {
  const url = new URL(environment.natsUrl);
  const wait = {
    what: `NATS at ${url.host}`,
    limitMs: config.limits.startupMs,
    signal,
    logger,
    isHopeless: (error: unknown) =>
      error instanceof TopologyError || (error instanceof BusError && error.code === 'BUS_FORBIDDEN'),
  };
  const login = loginOf(url, environment.natsSeed);
  return untilAvailable(wait, (attemptSignal) =>
    connectBus({
      servers: [`${url.protocol}//${url.host}`],
      name,
      inboxPrefix: `_INBOX_${name}`,
      limitMs: attemptLimitMs,
      signal: attemptSignal,
      onProblem: (error) => {
        logger.warn({ err: error }, 'The bus had a problem');
      },
      ...(login === undefined ? {} : { login }),
    }),
  );
}

function loginOf(url: URL, nkeySeed: string | undefined): BusLogin | undefined {
  if (nkeySeed !== undefined) return { nkeySeed };
  if (url.username === '') return undefined;
  return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
}
