import { startKeeper, type Keeper } from '@missions/local/keeper';
import { openTestRun } from './run-directory.ts';

/** Tells the workers of one test run where its servers live; set by the global set-up. */
const RUN_VARIABLE = 'MISSIONS_TEST_RUN';

let own: Keeper | undefined;

/**
 * The directory of this test run: its servers are remembered there and end with it, even when the runner is killed.
 * Without the global set-up every process is a run of its own, which ends with that process.
 */
export function testRunDirectory(): string {
  const shared = process.env[RUN_VARIABLE];
  if (shared !== undefined) return shared;
  own ??= startKeeper(openTestRun());
  return own.directory;
}
