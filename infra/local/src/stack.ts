import { existsSync } from 'node:fs';
import { withFileLock } from './file-lock.ts';
import { stopInfrastructure } from './infrastructure.ts';
import { endProcess, identityOf, isAlive } from './process-identity.ts';
import { SetupError } from './setup-error.ts';
import { dropProcess, putProcess, readStack, stackLock, type StackProcess } from './stack-file.ts';

const SERVER_NAMES: readonly string[] = ['postgres', 'nats'];

export interface StackStatus {
  /** `stale`: on record, but nothing of it lives (a reboot, a kill of everything). */
  readonly state: 'stopped' | 'running' | 'degraded' | 'stale';
  readonly processes: readonly (Pick<StackProcess, 'name' | 'pid' | 'port' | 'startedAt'> & {
    readonly alive: boolean;
  })[];
}

/** What of the stack of a state directory lives, checked process by process. */
export function stackStatus(stateDir: string): StackStatus {
  const processes = readStack(stateDir).processes.map((process) => ({ ...process, alive: isAlive(process) }));
  const alive = processes.filter((process) => process.alive).length;
  if (processes.length === 0) return { state: 'stopped', processes };
  if (alive === 0) return { state: 'stale', processes };
  return { state: alive === processes.length ? 'running' : 'degraded', processes };
}

export interface RecordOptions {
  readonly name: string;
  readonly pid: number;
  readonly port?: number;
  /** How long it may take to stop gracefully before it is killed. */
  readonly stopLimitMs: number;
}

/** Puts a process of the stack (the supervisor of the services) on record, so that `stopStack` ends it first. */
export async function recordInStack(stateDir: string, options: RecordOptions): Promise<void> {
  const identity = identityOf(options.pid);
  if (identity === undefined) {
    throw new SetupError(
      'NO_SUCH_PROCESS',
      `Process ${String(options.pid)} (${options.name}) does not run.`,
      { remedy: 'See its log.' },
    );
  }
  const record = {
    ...options,
    ...identity,
    stopSignal: 'SIGTERM',
    startedAt: new Date().toISOString(),
  } as const;
  await withFileLock(stackLock(stateDir), 30_000, () => {
    putProcess(stateDir, record);
    return Promise.resolve();
  });
}

export async function forgetInStack(stateDir: string, name: string): Promise<void> {
  await withFileLock(stackLock(stateDir), 30_000, () => {
    dropProcess(stateDir, name);
    return Promise.resolve();
  });
}

/**
 * Ends everything on record from any process: first what is not a server (the supervisor, which ends its services), then
 * nats-server and Postgres. Only the very processes that were started are signalled. Returns what had still lived.
 */
export async function stopStack(stateDir: string): Promise<readonly string[]> {
  if (!existsSync(stateDir)) return [];
  const alive = readStack(stateDir).processes.filter(isAlive);
  const others = readStack(stateDir).processes.filter(({ name }) => !SERVER_NAMES.includes(name));
  for (const process of others) {
    await endProcess(process, { signal: process.stopSignal, limitMs: process.stopLimitMs });
    await forgetInStack(stateDir, process.name);
  }
  await stopInfrastructure(stateDir);
  return alive.map(({ name }) => name);
}
