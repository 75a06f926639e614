import type { Problem } from '@missions/contracts';
import { exitCodeOfStatus, exitCodes, isMisuse, type ExitCode } from './exit-codes.ts';
import { nextCommand } from './next-command.ts';

export interface CliErrorOptions {
  readonly code: string;
  readonly exitCode?: ExitCode;
  /** The next command to try. */
  readonly next?: string | undefined;
  readonly cause?: unknown;
}

/** Something a person can act on: what, why, and the next command. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly next: string | undefined;

  constructor(message: string, { code, exitCode = exitCodes.error, next, cause }: CliErrorOptions) {
    super(message, { cause });
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
    this.next = next;
  }
}

/** What the API refused, in its own words; the mission that was asked about is named in the next command. */
export function errorOfProblem(problem: Problem, missionId?: string): CliError {
  const { status, code, detail } = problem;
  const next = nextCommand(problem, missionId);
  const exitCode = isMisuse(code) ? exitCodes.usage : exitCodeOfStatus(status);
  return new CliError(detail, { code, exitCode, next });
}
