import { RequestError } from '@agentclientprotocol/sdk';
import { FailRun } from '@missions/agent';
import { delay } from '@missions/kernel';
import type { CommandResult } from '@missions/workspace';
import { messageOf, type AgentTurn } from '../turn/agent-turn.ts';
import type { AcpLink } from './acp-link.ts';

/** Waits for the answers of an agent as long as there is hope: its turn is open, its process lives, its time is not over. */
export class Patience {
  private readonly gone: Promise<never>;

  constructor(
    private readonly link: AcpLink,
    private readonly turn: AgentTurn,
    private readonly redact: (text: string) => string,
  ) {
    this.gone = link.ended.then(
      (end) => {
        throw this.lostAgent(end);
      },
      (error: unknown) => {
        throw new FailRun('tool', `The agent could not be started: ${messageOf(error)}`);
      },
    );
    this.gone.catch(() => undefined);
  }

  /** Rejects with the agent's own error, with the reason that stopped the turn, or with a `FailRun` that says what happened. */
  async for<Value>(answer: Promise<Value>, limitMs?: number): Promise<Value> {
    const done = new AbortController();
    // A connection closes with its process, and rejects whatever waits; what ended the process is the reason to tell.
    const told = answer.catch((error: unknown): Promise<never> => {
      if (error instanceof RequestError) throw error;
      return this.gone;
    });
    const late = limitMs === undefined ? [] : [lateAfter(limitMs, done.signal)];
    try {
      return await Promise.race([told, stopOf(this.turn.signal, done.signal), this.gone, ...late]);
    } finally {
      done.abort();
      told.catch(() => undefined);
    }
  }

  private lostAgent({ exitCode, killedBy }: CommandResult): FailRun {
    const how = killedBy === undefined ? `exit code ${String(exitCode)}` : `killed: ${killedBy}`;
    const errors = this.redact(this.link.lastErrors).trim();
    const said =
      errors === '' ? 'It wrote nothing to its standard error.' : `It wrote last:\n${errors.slice(-2_000)}`;
    return new FailRun('tool', `The agent ended in the middle of its work (${how}). ${said}`);
  }
}

function stopOf(signal: AbortSignal, until: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true, signal: until });
  });
  stopped.catch(() => undefined);
  return stopped;
}

async function lateAfter(limitMs: number, until: AbortSignal): Promise<never> {
  await delay(limitMs, until).catch(() => undefined);
  if (until.aborted) return new Promise<never>(() => undefined);
  throw new FailRun('tool', `The agent did not take a prompt within ${String(limitMs / 1000)} s.`);
}
