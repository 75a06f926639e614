import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Opens the test run in whose directory workers start servers when a test first needs one. The keeper is a process of
 * its own: when this one ends, in whatever way, its pipe closes and the keeper ends every server of the run.
 */
export default async function setUp() {
  const program = fileURLToPath(new URL('../src/run-keeper.ts', import.meta.url));
  const keeper = spawn(process.execPath, ['--conditions=@missions/source', program], {
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(keeper, 'exit');
  const lines = createInterface({ input: keeper.stdout });
  const opened = once(lines, 'line').then(([line]) => line);
  const failed = exited.then(([code]) => {
    throw new Error(`The keeper of the test run ended with ${code}.`);
  });
  process.env.MISSIONS_TEST_RUNNER = String(process.pid);
  process.env.MISSIONS_TEST_RUN = await Promise.race([opened, failed]);
  failed.catch(() => undefined);
  globalThis[Symbol.for('missions.testRun')] = { keeper, exited };
}
