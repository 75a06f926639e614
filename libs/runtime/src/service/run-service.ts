import { createRedactor, isRefusal, systemClock } from '@missions/kernel';
import { ConfigError } from '../config/config-error.ts';
import { hostProcess, type HostProcess } from '../config/host-process.ts';
import { loadConfig } from '../config/load-config.ts';
import { secretsOf } from '../config/secrets.ts';
import { readServiceArguments, readServiceEnvironment } from '../config/service-environment.ts';
import type { ConnectionInput } from '../connections/connection-input.ts';
import { openConnections } from '../connections/open-connections.ts';
import { planKill } from '../lifecycle/kill-point.ts';
import { stopOnSignals } from '../lifecycle/stop-signal.ts';
import { within } from '../lifecycle/within.ts';
import { createLogger } from '../logging/logger.ts';
import { startService, type ServiceDefinition } from './start-service.ts';

const exitCodes = { ok: 0, fault: 1, config: 3 } as const;
/** After a clean stop nothing holds the process; whatever still does is cut off so much later. */
const lingerMs = 1000;

/**
 * The whole life of a service process: configuration, log, connections, modules, and a bounded stop on SIGTERM, SIGINT or
 * the end of its parent. Never rejects; the exit code says how it went (0 stopped as asked, 1 fault, 3 configuration).
 */
export async function runService(
  definition: ServiceDefinition,
  host: HostProcess = hostProcess(),
): Promise<void> {
  process.exitCode = await lifeOf(definition, host);
  // Unreferenced: a process with nothing left to do ends before it.
  setTimeout(() => process.exit(), lingerMs).unref();
}

async function lifeOf(definition: ServiceDefinition, host: HostProcess): Promise<number> {
  try {
    const settings = await readSettings(host);
    return await live(definition, host, settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${definition.name}: ${error.message}\n`);
    return exitCodes.config;
  }
}

type Settings = Awaited<ReturnType<typeof readSettings>>;

async function readSettings({ env, argv, cwd }: HostProcess) {
  const environment = readServiceEnvironment(env);
  const { configFile, flags } = readServiceArguments(argv);
  const file = configFile ?? environment.configFile;
  const { config } = await loadConfig({ env, cwd, flags, ...(file === undefined ? {} : { file }) });
  return { environment, config };
}

async function live(
  definition: ServiceDefinition,
  host: HostProcess,
  { config, environment }: Settings,
): Promise<number> {
  const redactor = createRedactor({ secrets: secretsOf(config, environment, host.env) });
  const logger = createLogger({ service: definition.name, level: config.log.level, redactor });
  const stop = stopOnSignals({ parentPipe: environment.parentPipe });
  const onFault = (error: unknown): void => {
    logger.fatal({ err: error }, 'A fault nobody handled; the service ends so that it is started afresh');
    process.exit(exitCodes.fault);
  };
  process.on('uncaughtException', onFault).on('unhandledRejection', onFault);
  planKill({ at: environment.killAt, marker: environment.killMarker });
  const given = {
    name: definition.name,
    config,
    environment,
    variables: host.env,
    logger,
    redactor,
    clock: systemClock,
    signal: stop.signal,
  };
  try {
    await serveUntilStopped(definition, given);
    return exitCodes.ok;
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return exitCodes.ok;
    logger.fatal(
      { err: error, ...(isRefusal(error) && { code: error.code }) },
      'The service ends with a fault',
    );
    return exitCodes.fault;
  } finally {
    stop.dispose();
  }
}

async function serveUntilStopped(definition: ServiceDefinition, given: ConnectionInput): Promise<void> {
  const { logger, signal, config } = given;
  const connections = await openConnections(given);
  try {
    const service = await startService(definition, { ...given, ...connections });
    logger.info({ port: service.port, host: config.http.host }, 'Ready');
    const reason = await aborted(signal);
    logger.info({ reason }, 'Stopping');
    await within(config.limits.stopMs, 'The stop of the service', service.close());
  } finally {
    await within(config.limits.stopMs, 'Closing the connections', connections.close());
  }
  logger.info({}, 'Stopped');
}

function aborted(signal: AbortSignal): Promise<string> {
  const reason = (): string => (signal.reason instanceof Error ? signal.reason.message : 'asked to stop');
  return new Promise((resolve) => {
    if (signal.aborted) resolve(reason());
    signal.addEventListener('abort', () => {
      resolve(reason());
    });
  });
}
