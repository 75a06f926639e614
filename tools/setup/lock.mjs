import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from './setup-error.mjs';

const heartbeatMs = 2_000;
const staleMs = 20_000;
const pollMs = 250;
const waitLimitMs = 20 * 60_000;

/**
 * Runs `work` while holding a lock folder at `path`. The holder touches it every two seconds; one that has
 * not been touched for twenty is left by a process that died, and is taken over. Rejects after twenty minutes
 * of waiting.
 */
export async function withLock({ path, say }, work) {
  await acquire(path, say);
  const heartbeat = setInterval(() => void touch(path), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { recursive: true, force: true });
  }
}

async function acquire(path, say) {
  const giveUpAt = Date.now() + waitLimitMs;
  let told = false;
  while (!(await tryCreate(path))) {
    if (await isAbandoned(path)) {
      await discard(path);
      continue;
    }
    if (Date.now() > giveUpAt) {
      throw new SetupError(`Another set-up has held ${path} for ${waitLimitMs / 60_000} minutes.`);
    }
    if (!told) say('another set-up of this checkout is running; waiting for it…');
    told = true;
    await delay(pollMs);
  }
  await writeFile(join(path, 'pid'), String(process.pid));
}

async function tryCreate(path) {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new SetupError(`The checkout cannot be written (${error.code} at ${path}).`, { cause: error });
  }
}

async function isAbandoned(path) {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > staleMs) return true;
    const pid = Number(await readFile(join(path, 'pid'), 'utf8'));
    return pid > 0 && !isAlive(pid);
  } catch {
    // Gone, or not yet signed by its holder: the next round sees it as it is then.
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** Renamed first, so that of two waiters who both found it abandoned only one removes it. */
async function discard(path) {
  const grave = `${path}.${process.pid}`;
  try {
    await rename(path, grave);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  await rm(grave, { recursive: true, force: true });
}

async function touch(path) {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}
