import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { promisify } from 'node:util';

const limitMs = 120_000;

/**
 * Gives a directory and everything in it to a sandbox's user and closes it to all others; links are changed themselves,
 * never followed. NOTE: only while nothing hostile runs in it. When the service is not root, all is its own already.
 */
export async function adoptWorkspace(dir: string, uid: number): Promise<void> {
  await chmod(dir, 0o700);
  if (process.getuid?.() !== 0) return;
  const owner = `${String(uid)}:${String(uid)}`;
  await promisify(execFile)('chown', ['-R', '-h', '-P', owner, '--', dir], { timeout: limitMs });
}
