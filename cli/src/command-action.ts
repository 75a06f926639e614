import { SetupError } from '@missions/local';
import { isRefusal } from '@missions/kernel';
import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { Session, type CliHost } from './session.ts';
import { plain, plainLine } from './terminal/terminal.ts';

/** Carries out a command; without an exit code it went well. */
export type Handler<Options extends object> = (
  session: Session<Options>,
  ...args: string[]
) => Promise<ExitCode | undefined> | Promise<void>;

/** Where a finished command leaves its exit code. */
export interface Outcome {
  exitCode: ExitCode;
}

/** How commands are hung into the program: handlers get a session, errors become words and an exit code. */
export class CommandActions {
  constructor(
    private readonly host: CliHost,
    private readonly outcome: Outcome,
  ) {}

  handle<Options extends object>(handler: Handler<Options>): (...args: unknown[]) => Promise<void> {
    return async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const session = new Session<Options>(this.host, command.optsWithGlobals());
      const args = command.processedArgs.filter((arg): arg is string => arg !== undefined);
      try {
        this.outcome.exitCode = (await handler(session, ...args)) ?? exitCodes.ok;
      } catch (error) {
        this.outcome.exitCode = report(session, error);
      }
    };
  }
}

/** Says what went wrong, why, and the next command; answers the exit code. */
function report(session: Session, error: unknown): ExitCode {
  const { terminal, signal } = session;
  if (signal.aborted) {
    const message = 'Interrupted.';
    terminal.fail(terminal.json ? JSON.stringify({ error: { code: 'INTERRUPTED', message } }) : message);
    return exitCodes.interrupted;
  }
  const { code, message, next, exitCode } = described(error);
  if (terminal.json)
    terminal.fail(JSON.stringify({ error: { code, message, ...(next !== undefined && { next }) } }));
  else
    terminal.fail(
      [
        `${terminal.style('red', 'error')} ${indented(plain(message))}`,
        ...(next === undefined ? [] : [`next:  ${plainLine(next)}`]),
      ].join('\n'),
    );
  return exitCode;
}

/** What it quotes may have lines of its own: none of them begins where ours do. */
function indented(text: string): string {
  return text.replaceAll(/\n(?! {2})/gu, '\n  ');
}

interface Described {
  readonly code: string;
  readonly message: string;
  readonly next?: string | undefined;
  readonly exitCode: ExitCode;
}

function described(error: unknown): Described {
  if (error instanceof CliError) return error;
  if (error instanceof SetupError)
    return { code: error.code, message: error.message, exitCode: exitCodes.error };
  if (isRefusal(error)) {
    const exitCode = error.code === 'CONFIG_INVALID' ? exitCodes.config : exitCodes.error;
    return { code: error.code, message: error.message, exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'FAULT', message, next: 'missions doctor', exitCode: exitCodes.error };
}
