import { readdir, readFile } from 'node:fs/promises';
import { delay } from '@missions/kernel';

const rounds = 40;
const pauseMs = 50;

/** Kills whatever still runs as this uid, which belongs to nobody; false when the kernel does not let go of it in time. */
export async function endProcessesOf(uid: number): Promise<boolean> {
  const limit = AbortSignal.timeout(rounds * pauseMs * 2);
  for (let round = 0; round < rounds; round += 1) {
    const left = await processesOf(uid);
    if (left.length === 0) return true;
    for (const pid of left) kill(pid);
    await delay(pauseMs, limit);
  }
  return false;
}

async function processesOf(uid: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const owned = await Promise.all(pids.map(async (pid) => ((await uidsOf(pid)).includes(uid) ? [pid] : [])));
  return owned.flat();
}

/** Real, effective, saved and file system uid; none of a process that is gone, or of one that only waits to be reaped. */
async function uidsOf(pid: number): Promise<readonly number[]> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  if (/^State:\s*[ZX]/m.test(status)) return [];
  return (/^Uid:\s*(.*)$/m.exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}
