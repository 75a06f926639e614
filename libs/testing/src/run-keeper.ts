import { keepUntilAbandoned } from '@missions/local/keeper';
import { openTestRun, removeAbandonedRuns, stacksIn } from './run-directory.ts';

/** Run by the global set-up as its own process: opens a run, says where on stdout, and clears up when stdin closes. */
const directory = openTestRun();
keepUntilAbandoned(directory, stopStacks);
process.stdout.write(`${directory}\n`);
await removeAbandonedRuns();

/** Whole stacks that tests started and did not stop; the library for that is only loaded when there are any. */
async function stopStacks(): Promise<void> {
  const stacks = stacksIn(directory);
  if (stacks.length === 0) return;
  const { stopStack } = await import('@missions/local');
  await Promise.all(stacks.map((stateDir) => stopStack(stateDir)));
}
