import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assertPortFree, findTool, freePort, type ServiceEvent } from '@missions/local';
import { loadConfig, serviceNames, type MissionsConfig, type ServiceName } from '@missions/runtime';
import { forgetEndpoint, writeEndpoint } from './endpoint.ts';
import { entryOf } from './locations.ts';
import { ensureSecrets, type StackSecrets } from './secrets.ts';
import { startServers, type ServersOfStack } from './servers.ts';
import { serviceVariables } from './service-variables.ts';
import type { Stack, StackOptions, StackService } from './stack-options.ts';
import { SupervisedService } from './supervised-service.ts';
import { untilReady } from './until-ready.ts';

const DEFAULT_PORT = 4747;
const READY_LIMIT_MS = 60_000;
const LONGEST_RESTART_PAUSE_MS = 10_000;

/**
 * Starts the whole system on this machine: servers, migrations, logins and keys, then the services as processes of their
 * own, each with as little environment as it needs; resolves when all are ready. Whatever fails, nothing it started is
 * left running. If this process dies in whatever way, the services end by themselves and the servers go on until
 * `stopStack` or the next start.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { config, file } = await configOf(options);
  const names = options.services ?? serviceNames;
  const entries = new Map(names.map((name) => [name, entryOf(name)]));
  const apiPort = await apiPortOf(options);
  const bwrap = await findTool('bwrap', { stateDir: options.state, say: sayOf(options) }).catch(
    () => undefined,
  );
  const servers = await startServers(options);
  const services: SupervisedService[] = [];
  try {
    const given = {
      options,
      config,
      configFile: file,
      servers,
      bwrap,
      secrets: ensureSecrets(options.state),
    };
    for (const [name, entry] of entries) services.push(...(await processesOf(name, entry, apiPort, given)));
    for (const service of services) service.start();
    await allReady(services, options);
    const apiUrl = `http://127.0.0.1:${String(apiPort)}`;
    const answering = services.map(({ name, url, logFile }) => ({ name, url, logFile }));
    writeEndpoint(options.state, { apiUrl, port: apiPort, pid: process.pid, services: answering });
    return stackOf({ options, apiUrl, services, servers, secrets: given.secrets });
  } catch (error) {
    await stopAll(services, servers);
    throw error;
  }
}

interface Given {
  readonly options: StackOptions;
  readonly config: MissionsConfig;
  readonly configFile: string | undefined;
  readonly servers: ServersOfStack;
  readonly bwrap: string | undefined;
  readonly secrets: StackSecrets;
}

/** The configuration as the services will read it: an unusable one is refused before anything is started. */
async function configOf(
  options: StackOptions,
): Promise<{ config: MissionsConfig; file: string | undefined }> {
  const named = options.config ?? nonEmpty(options.env['MISSIONS_CONFIG']);
  const projectFile = resolve(options.cwd, named ?? 'missions.config.yaml');
  const file = named !== undefined || existsSync(projectFile) ? projectFile : undefined;
  const { config } = await loadConfig({
    env: options.env,
    cwd: options.cwd,
    flags: options.settings ?? {},
    ...(file !== undefined && { file }),
  });
  return { config, file };
}

async function apiPortOf({ port = DEFAULT_PORT }: StackOptions): Promise<number> {
  if (port === 0) return freePort();
  await assertPortFree(port, '--port N');
  return port;
}

async function processesOf(
  service: ServiceName,
  entry: string,
  apiPort: number,
  given: Given,
): Promise<readonly SupervisedService[]> {
  const { options } = given;
  const count = options.replicas?.[service] ?? 1;
  const processes: SupervisedService[] = [];
  for (let n = 1; n <= count; n += 1) {
    const httpPort = service === 'mission-control' && n === 1 ? apiPort : await freePort();
    const name = n === 1 ? service : `${service}-${String(n)}`;
    processes.push(supervised({ name, service, entry, httpPort, first: n === 1 }, given));
  }
  return processes;
}

interface ProcessPlan {
  readonly name: string;
  readonly service: ServiceName;
  readonly entry: string;
  readonly httpPort: number;
  readonly first: boolean;
}

function supervised({ name, service, entry, httpPort, first }: ProcessPlan, given: Given): SupervisedService {
  const { options, servers } = given;
  const marks = join(options.state, 'kill-points');
  const killAt = first ? options.killAt?.[service] : undefined;
  return new SupervisedService({
    name,
    service,
    entry,
    args: Object.entries(options.settings ?? {}).flatMap(([path, value]) => [
      '--set',
      `${path}=${String(value)}`,
    ]),
    env: serviceVariables({
      ...given,
      service,
      env: options.env,
      connections: servers.connectionsOf(service),
      httpPort,
    }),
    httpPort,
    logDir: join(options.state, 'logs'),
    marks,
    longestRestartPauseMs: options.longestRestartPauseMs ?? LONGEST_RESTART_PAUSE_MS,
    onEvent: (event) => {
      tell(event, sayOf(options));
    },
    ...(killAt !== undefined && { killAt }),
  });
}

async function allReady(services: readonly SupervisedService[], options: StackOptions): Promise<void> {
  const limitMs = options.readyLimitMs ?? READY_LIMIT_MS;
  const signal = options.signal;
  await Promise.all(
    services.map(async ({ name, url, logFile }) => {
      await untilReady({ name, url, logFile, limitMs, ...(signal && { signal }) });
      sayOf(options)(`${name} is ready`);
    }),
  );
}

function stackOf(parts: {
  readonly options: StackOptions;
  readonly apiUrl: string;
  readonly services: readonly SupervisedService[];
  readonly servers: ServersOfStack;
  readonly secrets: StackSecrets;
}): Stack {
  const { options, apiUrl, servers, secrets } = parts;
  const services = new Map<string, StackService>(parts.services.map((service) => [service.name, service]));
  let stopping: Promise<void> | undefined;
  return {
    state: options.state,
    apiUrl,
    token: secrets.adminToken,
    services,
    servers,
    service: (name) => {
      const found = services.get(name);
      if (found === undefined) throw new Error(`This stack runs without ${name}.`);
      return found;
    },
    stop: () => {
      forgetEndpoint(options.state);
      return (stopping ??= stopAll(parts.services, servers));
    },
  };
}

async function stopAll(services: readonly SupervisedService[], servers: ServersOfStack): Promise<void> {
  await Promise.all(services.map((service) => service.stop()));
  await servers.stop();
}

function tell(event: ServiceEvent, say: (line: string) => void): void {
  if (event.kind === 'exited')
    say(`${event.name} ended (${event.how}) and starts again in ${String(event.nextStartMs)} ms`);
  else if (event.restarts > 0) say(`${event.name} runs again (pid ${String(event.pid)})`);
}

function sayOf({ say }: StackOptions): (line: string) => void {
  return say ?? (() => undefined);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
