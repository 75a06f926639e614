import { rmSync } from 'node:fs';
import { endRememberedProcesses } from './process-record.ts';

/**
 * Makes this process the keeper of a directory: it waits until its stdin closes, which the kernel does when its owner
 * dies in whatever way, then ends every process remembered in the directory, deletes it and exits.
 */
export function keepUntilAbandoned(directory: string): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.stdin.resume();
  process.stdin.once('close', () => void release(directory));
}

async function release(directory: string): Promise<void> {
  const left = await endRememberedProcesses(directory);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.exit(left.length === 0 ? 0 : 1);
}
