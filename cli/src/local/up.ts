import { join } from 'node:path';
import {
  forgetInStack,
  prepareStateDirectory,
  readStack,
  isAlive,
  recordInStack,
  stackStatus,
  withFileLock,
} from '@missions/local';
import { loadConfig, serviceNames } from '@missions/runtime';
import { CliError } from '../cli-error.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { readEndpoint } from '../stack/endpoint.ts';
import { keyVariablesOf } from '../stack/service-variables.ts';
import { adminTokenFile } from '../stack/secrets.ts';
import { startStack } from '../stack/start-stack.ts';
import type { Stack, StackOptions } from '../stack/stack-options.ts';
import { startDetached } from './detached-up.ts';
import type { UpOptions } from './up-options.ts';
import { ALL_READY } from './up-output.ts';

/** The name under which the process that supervises the services is on record. */
export const SUPERVISOR = 'services';
/** Services have 15 s, servers a few more. */
const STOP_LIMIT_MS = 60_000;
const LOCK_LIMIT_MS = 10_000;

/** Starts the stack and stays with it until it is asked to stop, or with --detach leaves it running. */
export async function up(session: Session<UpOptions>): Promise<ExitCode> {
  const { stateDir, terminal, options } = session;
  prepareStateDirectory(stateDir);
  const running = runningSupervisor(stateDir);
  if (running !== undefined) {
    requirePort(session);
    terminal.say(`The stack runs already (pid ${String(running)}).`);
    return announce(session, running);
  }
  await noteWhatIsMissing(session);
  if (options.detach === true) {
    const pid = await startDetached(session);
    return announce(session, pid);
  }
  return stay(session);
}

/** A stack that runs keeps its port: one that was asked for and is another is refused, not passed over. */
function requirePort({ stateDir, options: { port } }: Session<UpOptions>): void {
  const present = readEndpoint(stateDir)?.port;
  if (port === undefined || port === 0 || present === undefined || port === present) return;
  throw new CliError(`The stack runs already, at port ${String(present)}.`, {
    code: 'ALREADY_RUNNING',
    exitCode: exitCodes.conflict,
    next: `missions down, then missions up --port ${String(port)}`,
  });
}

/** Without models or keys the system starts, but missions are blocked; an unusable configuration is refused here. */
async function noteWhatIsMissing({ host, options, terminal }: Session<UpOptions>): Promise<void> {
  const { env, cwd } = host;
  const { config: file } = options;
  const { config } = await loadConfig({ env, cwd, ...(file !== undefined && { file }) });
  if (Object.values(config.models).every((choice) => choice === undefined))
    terminal.say(
      'note: no models are configured, so missions will be blocked. missions init, then down and up',
    );
  const keys = new Set(serviceNames.flatMap((service) => keyVariablesOf(service, config)));
  for (const key of keys)
    if ((env[key] ?? '') === '')
      terminal.say(
        `note: ${key} is not set, so missions that need it will be blocked. Set it, then down and up`,
      );
}

async function stay(session: Session<UpOptions>): Promise<ExitCode> {
  const { stateDir, terminal, signal } = session;
  await takeCharge(stateDir);
  let stack: Stack | undefined;
  try {
    stack = await startStack(stackOptions(session));
    announce(session, process.pid);
    if (!terminal.json) terminal.say('Ctrl-C stops everything.');
    await aborted(signal);
    terminal.say('Stopping');
  } finally {
    await stack?.stop();
    await forgetInStack(stateDir, SUPERVISOR);
  }
  // SIGTERM is how `down` asks for the stop: then all went as it should.
  return exitCodes.ok;
}

/** One supervisor for each state directory: the second is told about the first. */
async function takeCharge(stateDir: string): Promise<void> {
  await withFileLock(join(stateDir, 'up.lock'), LOCK_LIMIT_MS, async () => {
    const pid = runningSupervisor(stateDir);
    if (pid !== undefined)
      throw new CliError(`The stack of ${stateDir} runs already (pid ${String(pid)}).`, {
        code: 'ALREADY_RUNNING',
        exitCode: exitCodes.conflict,
        next: 'missions status',
      });
    await recordInStack(stateDir, { name: SUPERVISOR, pid: process.pid, stopLimitMs: STOP_LIMIT_MS });
  });
}

export function runningSupervisor(stateDir: string): number | undefined {
  const record = readStack(stateDir).processes.find(({ name }) => name === SUPERVISOR);
  return record !== undefined && isAlive(record) ? record.pid : undefined;
}

function stackOptions({ stateDir, options, host, terminal, signal }: Session<UpOptions>): StackOptions {
  const { port, config } = options;
  const databaseUrl = options.databaseUrl ?? host.env['MISSIONS_DATABASE_URL'];
  const natsUrl = options.natsUrl ?? host.env['MISSIONS_NATS_URL'];
  const attach = attachTo(databaseUrl, natsUrl);
  return {
    state: stateDir,
    cwd: host.cwd,
    env: host.env,
    signal,
    say: (line) => terminal.say(line),
    ...(port !== undefined && { port }),
    ...(config !== undefined && { config }),
    ...(attach !== undefined && { attach }),
  };
}

function attachTo(databaseUrl: string | undefined, natsUrl: string | undefined): StackOptions['attach'] {
  if (databaseUrl === undefined && natsUrl === undefined) return undefined;
  if (databaseUrl !== undefined && natsUrl !== undefined) return { databaseUrl, natsUrl };
  throw new CliError('Existing servers are named both or neither: --database-url and --nats-url.', {
    code: 'USAGE',
    exitCode: exitCodes.usage,
  });
}

function announce({ stateDir, terminal }: Session<UpOptions>, pid: number): ExitCode {
  const endpoint = readEndpoint(stateDir);
  if (endpoint === undefined)
    throw new CliError('The stack is starting or stopping.', { code: 'NOT_READY', next: 'missions status' });
  const { apiUrl, port } = endpoint;
  const { state } = stackStatus(stateDir);
  terminal.answer({ apiUrl, port, pid, state, stateDir, tokenFile: adminTokenFile(stateDir) }, () => [
    `${ALL_READY}${apiUrl}`,
  ]);
  return exitCodes.ok;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Signals alone do not keep a process alive.
    const alive = setInterval(() => undefined, 60_000);
    const finish = (): void => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish, { once: true });
  });
}
