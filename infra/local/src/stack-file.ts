import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessRecord } from './process-record.ts';
import { SetupError } from './setup-error.ts';

/** A process of the running stack, with what is needed to end exactly it. */
export interface StackProcess extends ProcessRecord {
  readonly port?: number;
  readonly startedAt: string;
}

/** What runs from a state directory; `stack.json`, private, whole at every moment. Its passwords are elsewhere. */
export interface StackFile {
  readonly version: 1;
  readonly processes: readonly StackProcess[];
  /** Kept when a server stops, so that its next start takes the same port if it is free. */
  readonly ports: Readonly<Record<string, number>>;
}

const EMPTY: StackFile = { version: 1, processes: [], ports: {} };

export function readStack(stateDir: string): StackFile {
  const path = pathIn(stateDir);
  if (!existsSync(path)) return EMPTY;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StackFile;
  } catch (error) {
    throw new SetupError('STACK_FILE_BROKEN', `${path} cannot be read.`, {
      remedy: 'Look for servers still running, then delete it.',
      cause: error,
    });
  }
}

/** Puts a process on record; one of the same name is replaced. Callers hold the stack's lock. */
export function putProcess(stateDir: string, process: StackProcess): void {
  const stack = readStack(stateDir);
  const others = stack.processes.filter(({ name }) => name !== process.name);
  const ports = process.port === undefined ? stack.ports : { ...stack.ports, [process.name]: process.port };
  writeStack(stateDir, { ...stack, processes: [...others, process], ports });
}

export function dropProcess(stateDir: string, name: string): void {
  const stack = readStack(stateDir);
  writeStack(stateDir, { ...stack, processes: stack.processes.filter((process) => process.name !== name) });
}

/** Where several processes that start, stop or mend the stack wait for each other. */
export function stackLock(stateDir: string): string {
  return join(stateDir, 'stack.lock');
}

function writeStack(stateDir: string, stack: StackFile): void {
  const path = pathIn(stateDir);
  const draft = `${path}.${String(process.pid)}`;
  try {
    writeFileSync(draft, `${JSON.stringify(stack, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function pathIn(stateDir: string): string {
  return join(stateDir, 'stack.json');
}
