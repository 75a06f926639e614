import { open, rm, stat } from 'node:fs/promises';

/** Every Git process that locks a ref of ours is killed after 10 s; an older lock has no owner. */
const STALE_MS = 15_000;

/**
 * Removes a lock file whose owner was killed; true when it is gone. The guard lets one process at a time look and
 * remove, so that nobody removes the fresh lock that followed the stale one.
 */
export async function removeStaleLock(lock: string, guard: string): Promise<boolean> {
  if (!(await isStale(lock))) return false;
  if (!(await takeGuard(guard))) return false;
  try {
    if (!(await isStale(lock))) return false;
    await rm(lock, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

async function takeGuard(guard: string): Promise<boolean> {
  try {
    await (await open(guard, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
    if (await isStale(guard)) await rm(guard, { force: true });
    return false;
  }
}

async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
}
