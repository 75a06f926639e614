import { rmSync } from 'node:fs';
import { endRememberedProcesses, rememberedProcesses } from './process-record.ts';

/**
 * Makes this process the keeper of a directory: it waits until its stdin closes, which the kernel does when its owner
 * dies in whatever way, then ends every process remembered in the directory, does what is to be done besides, deletes the
 * directory and exits.
 */
export function keepUntilAbandoned(
  directory: string,
  besides: () => Promise<void> = () => Promise.resolve(),
): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.stdin.resume();
  process.stdin.once('close', () => void release(directory, besides));
}

async function release(directory: string, besides: () => Promise<void>): Promise<void> {
  const pids = rememberedProcesses(directory).map(({ pid }) => pid);
  const left = await endRememberedProcesses(directory);
  await besides();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  await untilReaped(pids, 1_000);
  process.exit(left.length === 0 ? 0 : 1);
}

/** An ended process stays in the table until its parent has looked; whoever counts processes next should not see it. */
async function untilReaped(pids: readonly number[], limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (pids.some(isInTable) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isInTable(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
