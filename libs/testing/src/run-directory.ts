import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  endRememberedProcesses,
  identityOf,
  isAlive,
  makeDirectory,
  prepareStateDirectory,
  stateDirectory,
  type ProcessIdentity,
} from '@missions/local/keeper';

const STACK_PREFIX = 'stack-';

/** Makes the directory of a test run owned by this process, outside the checkout and passable by the servers' uid. */
export function openTestRun(): string {
  const directory = join(runsDirectory(), randomUUID());
  makeDirectory(directory, 0o711);
  writeFileSync(join(directory, 'owner.json'), JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  return directory;
}

/** A place for the state of a whole stack, inside the run: whatever a killed test left running there ends with the run. */
export function openStack(run: string): string {
  const directory = join(run, `${STACK_PREFIX}${randomUUID()}`);
  makeDirectory(directory, 0o711);
  return directory;
}

/** The state directories opened in a run and not yet removed. */
export function stacksIn(run: string): readonly string[] {
  return readdirSync(run)
    .filter((name) => name.startsWith(STACK_PREFIX))
    .map((name) => join(run, name));
}

/** False once the run has been cleared up, however much longer a process of it lives. */
export function isOpen(run: string): boolean {
  return ownerOf(run) !== undefined;
}

/** A keeper clears up after a killed runner; this is for the day when both were killed, or the machine went down. */
export async function removeAbandonedRuns(): Promise<void> {
  const runs = runsDirectory();
  for (const name of readdirSync(runs)) {
    const directory = join(runs, name);
    const owner = ownerOf(directory);
    if (owner === undefined || isAlive(owner)) continue;
    await endRememberedProcesses(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}

function runsDirectory(): string {
  const state = stateDirectory();
  prepareStateDirectory(state);
  const runs = join(state, 'test-runs');
  makeDirectory(runs, 0o711);
  return runs;
}

function ownerOf(directory: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
