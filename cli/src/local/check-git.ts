import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Check } from './check.ts';

const run = promisify(execFile);

/** The first that merges without a working tree (`git merge-tree --write-tree`). */
const OLDEST = { major: 2, minor: 38 };

/**
 * Git must be there, where the services look for it and not where the person's shell does; shared missions, whose work is
 * merged as they go, need one that merges without a working tree.
 */
export async function checkGit(searchPath: string, signal: AbortSignal): Promise<Check> {
  const name = 'git';
  try {
    const { stdout } = await run('git', ['--version'], {
      timeout: 10_000,
      signal,
      env: { PATH: searchPath },
    });
    const detail = stdout.trim();
    if (mergesTrees(detail)) return { name, ok: true, optional: false, detail };
    const fix = `install Git ${String(OLDEST.major)}.${String(OLDEST.minor)} or later for missions with --integration shared`;
    return { name, ok: false, optional: true, detail: `${detail} is too old for shared missions`, fix };
  } catch {
    const fix = 'Install git, for example: apt-get install git';
    return { name, ok: false, optional: false, detail: `git is not on ${searchPath}`, fix };
  }
}

function mergesTrees(version: string): boolean {
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}
