/**
 * Makes a clone ready to run: installs the dependencies when they are missing or older than the lockfile,
 * then compiles what changed. Quiet and quick when there is nothing to do. Needs Node 20, npm 10 and git,
 * and nothing that has to be installed first; other scripts run behind it.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installDependencies, isInstalled } from './setup/install.mjs';
import { withLock } from './setup/lock.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { root } from './workspaces.mjs';

const say = (line) => process.stderr.write(`${line}\n`);

async function setUp() {
  refuseOldNode();
  refuseMissingGit();
  if (!(await isInstalled())) {
    await withLock({ path: join(root, '.setup.lock'), say }, async () => {
      // Another set-up may have finished while this one waited.
      if (!(await isInstalled())) await installDependencies(say);
    });
  }
  const { compile } = await import('./compile.mjs');
  const { compiled } = await compile();
  if (compiled > 0) say(`compiled ${compiled} files`);
}

function refuseOldNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    throw new SetupError(`Node ${process.versions.node} is too old: Node 20 or later is needed.`);
}

function refuseMissingGit() {
  const names = process.platform === 'win32' ? ['git.exe'] : ['git'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  if (folders.some((folder) => names.some((name) => existsSync(join(folder, name))))) return;
  throw new SetupError('git is not on PATH. Install it first, for example: apt-get install git');
}

try {
  await setUp();
} catch (error) {
  say(`set-up failed: ${error instanceof SetupError ? error.message : (error.stack ?? error)}`);
  process.exitCode = 1;
}
