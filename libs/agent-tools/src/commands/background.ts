import type { ToolContext, ToolResult } from '@missions/agent';
import { delay, type Redactor } from '@missions/kernel';
import type { SandboxSession } from '@missions/workspace';
import { headAndTail } from '../output-limits.ts';
import { orFailRun } from '../sandbox-faults.ts';

/** A process that fails at once is told to the model at once. */
const watchedMs = 750;

/** Starts processes that outlive their call; what they write is found in a file the agent can read. */
export function backgroundStarter(
  session: SandboxSession,
  redactor: Redactor,
): (command: string, context: ToolContext) => Promise<ToolResult> {
  let started = 0;
  return async (command, { signal }) => {
    const log = `/tmp/background-${String((started += 1))}.log`;
    const startedAt = performance.now();
    const process = await orFailRun(session.start({ command: `exec >>${log} 2>&1\n${command}` }));
    const watched = new AbortController();
    const ended = await Promise.race([
      process.ended,
      delay(watchedMs, AbortSignal.any([signal, watched.signal])).catch(() => undefined),
    ]).finally(() => {
      watched.abort();
    });
    signal.throwIfAborted();
    const captured = {
      kind: 'background',
      command: command.slice(0, 4_000),
      durationMs: Math.round(performance.now() - startedAt),
    };
    if (!ended)
      return {
        content: `Started as ${process.id}; it lives until the session ends. Its output goes to ${log}.`,
        captured,
      };
    const text = redactor.redact(await logText(session, log));
    return {
      content: `It ended at once with exit code ${String(ended.exitCode)}.\n${headAndTail(text)}`,
      captured: { ...captured, ...(ended.exitCode !== undefined && { exitCode: ended.exitCode }) },
    };
  };
}

async function logText(session: SandboxSession, log: string): Promise<string> {
  const { bytes } = await orFailRun(session.files.readFile(log));
  return Buffer.from(bytes).toString('utf8');
}
