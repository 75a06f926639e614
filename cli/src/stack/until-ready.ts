import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { delay } from '@missions/kernel';
import { SetupError } from '@missions/local';
import { askReadiness } from './ask-readiness.ts';

export interface ReadyWait {
  readonly name: string;
  readonly url: string;
  readonly logFile: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

const POLL_MS = 50;
const TAIL_BYTES = 4_096;

/** Waits until a service says that work may be sent; after the limit refuses with the last lines of its log. */
export async function untilReady({ name, url, logFile, limitMs, signal }: ReadyWait): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await askReadiness(url, signal)).ready) {
    signal?.throwIfAborted();
    if (performance.now() >= deadline)
      throw new SetupError('SERVICE_NOT_READY', `${name} is not ready after ${String(limitMs)} ms.`, {
        remedy: `See ${logFile}.\n${lastLines(logFile)}`,
        evidence: { service: name, logFile },
      });
    await delay(POLL_MS, signal);
  }
}

function lastLines(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const length = Math.min(size, TAIL_BYTES);
      const tail = Buffer.alloc(length);
      readSync(file, tail, 0, length, size - length);
      return tail.toString('utf8').split('\n').slice(-6).join('\n').trim();
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
