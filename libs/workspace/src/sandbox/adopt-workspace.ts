import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const limitMs = 120_000;

/**
 * Gives a directory and everything in it to the sandbox's user; links are changed themselves, never followed.
 * NOTE: only while nothing hostile runs in it. Without effect when the service is not root: all is its own already.
 */
export async function adoptWorkspace(dir: string, uid: number): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const owner = `${String(uid)}:${String(uid)}`;
  await promisify(execFile)('chown', ['-R', '-h', '-P', owner, '--', dir], { timeout: limitMs });
}
