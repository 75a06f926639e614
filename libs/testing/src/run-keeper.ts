import { keepUntilAbandoned } from '@missions/local/keeper';
import { openTestRun, removeAbandonedRuns } from './run-directory.ts';

/** Run by the global set-up as its own process: opens a run, says where on stdout, and clears up when stdin closes. */
const directory = openTestRun();
keepUntilAbandoned(directory);
process.stdout.write(`${directory}\n`);
await removeAbandonedRuns();
