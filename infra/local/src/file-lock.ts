import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';
import { SetupError } from './setup-error.ts';

interface LockHolder extends ProcessIdentity {
  readonly key: string;
}

/**
 * Runs `work` while no other process of this machine (nor another call of this one) is inside the same lock file. The
 * lock of a dead process is taken over. Rejects with the holder when the lock is not free within `limitMs`.
 */
export async function withFileLock<T>(path: string, limitMs: number, work: () => Promise<T>): Promise<T> {
  const mine: LockHolder = { ...ownIdentity(), key: randomUUID() };
  const deadline = performance.now() + limitMs;
  while (!tryTake(path, mine)) {
    if (performance.now() >= deadline) throw stillHeld(path);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  try {
    return await work();
  } finally {
    if (holderOf(path)?.key === mine.key) rmSync(path, { force: true });
  }
}

/** A link either makes the whole lock file at once or fails: no reader ever sees an empty one. */
function tryTake(path: string, mine: LockHolder): boolean {
  const own = `${path}.${mine.key}`;
  writeFileSync(own, JSON.stringify(mine), { mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    breakStale(path);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Of several that find the lock stale, one moves it away; whoever moved a fresh lock instead puts it back. */
function breakStale(path: string): void {
  const holder = holderOf(path);
  if (holder === undefined || isAlive(holder)) return;
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (holderOf(aside)?.key !== holder.key) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderOf(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

function ownIdentity(): ProcessIdentity {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new Error('This process cannot see itself in the process table.');
  return identity;
}

function stillHeld(path: string): SetupError {
  const holder = holderOf(path);
  return new SetupError(
    'LOCKED',
    `Another process (pid ${String(holder?.pid ?? 'unknown')}) holds ${path}.`,
    {
      remedy: 'Wait for it or stop it, then try again.',
      evidence: { path, pid: holder?.pid },
    },
  );
}
