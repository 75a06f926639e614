import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  identityOf,
  makeDirectory,
  rememberProcess,
  startKeeper,
  stateDirectory,
  type Keeper,
} from '@missions/local/keeper';
import { isOpen, openStack, openTestRun } from './run-directory.ts';
import type { TemporaryDirectory } from './temporary-directory.ts';

/** Set by the global set-up: where the servers of this run live, and which process runs the tests. */
const RUN_VARIABLE = 'MISSIONS_TEST_RUN';
const RUNNER_VARIABLE = 'MISSIONS_TEST_RUNNER';

let own: Keeper | undefined;
let joined = false;

/**
 * The directory of this test run: its servers are remembered there and end with it, even when the runner is killed.
 * Without the global set-up every process is a run of its own, which ends with that process.
 */
export function testRunDirectory(): string {
  const shared = process.env[RUN_VARIABLE];
  if (shared === undefined) {
    own ??= startKeeper(openTestRun());
    return own.directory;
  }
  if (!isOpen(shared)) throw new Error('This test run is over: its runner has ended.');
  if (!joined) joinRun(shared);
  return shared;
}

/**
 * An empty state directory for a whole stack (`missions up --state`), which finds the fetched programs of this machine.
 * `remove` deletes it; what a test left running in it ends with the run.
 */
export function testStateDirectory(): TemporaryDirectory {
  const path = openStack(testRunDirectory());
  const tools = join(stateDirectory(), 'tools');
  makeDirectory(tools, 0o755);
  symlinkSync(tools, join(path, 'tools'));
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  return { path, remove, [Symbol.dispose]: remove };
}

/** A worker goes on with its test after its runner was killed, and would start servers nobody ends: it ends with the run. */
function joinRun(run: string): void {
  joined = true;
  const self = identityOf(process.pid);
  if (self === undefined || String(process.pid) === process.env[RUNNER_VARIABLE]) return;
  const name = `worker-${String(process.pid)}`;
  rememberProcess(run, { name, ...self, stopSignal: 'SIGKILL', stopLimitMs: 1_000 });
}
