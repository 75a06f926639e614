import { withFileLock } from './file-lock.ts';
import { readStack, stackLock } from './stack-file.ts';
import { ensureServer, runningServer, SERVERS } from './stack-servers.ts';

/** Restarts servers that died. */
export interface ServerWatch {
  /** Resolves when no restart is under way any more. */
  readonly stop: () => Promise<void>;
}

const LOOK_EVERY_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** Looks at the servers of a stack and restarts, on its old port, one that died; one that was stopped on purpose stays down. */
export function keepRunning(stateDir: string, say: (line: string) => void = () => undefined): ServerWatch {
  const stopped = new AbortController();
  const done = watch(stateDir, say, stopped.signal);
  return {
    stop: async () => {
      stopped.abort();
      await done;
    },
  };
}

async function watch(stateDir: string, say: (line: string) => void, stopped: AbortSignal): Promise<void> {
  let pauseMs = LOOK_EVERY_MS;
  while (!stopped.aborted) {
    await pause(pauseMs, stopped);
    try {
      if (hasDead(stateDir)) await mend(stateDir, say, stopped);
      pauseMs = LOOK_EVERY_MS;
    } catch (error) {
      // Whatever is wrong (disk full, port taken) may pass: services wait, and so does this.
      say(`A server could not be restarted: ${error instanceof Error ? error.message : String(error)}`);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

/** A server on record that does not live; without a record it was stopped on purpose. */
function deadServers(stateDir: string): readonly (typeof SERVERS)[number][] {
  const recorded = new Set(readStack(stateDir).processes.map(({ name }) => name));
  return SERVERS.filter((name) => recorded.has(name) && runningServer(stateDir, name) === undefined);
}

function hasDead(stateDir: string): boolean {
  return deadServers(stateDir).length > 0;
}

async function mend(stateDir: string, say: (line: string) => void, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return;
  await withFileLock(stackLock(stateDir), 120_000, async () => {
    for (const name of deadServers(stateDir)) {
      const server = await ensureServer(stateDir, name);
      say(`${name} had died and was restarted on port ${String(server.port)}`);
    }
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
