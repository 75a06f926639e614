import type { Problem } from '@missions/contracts';
import { exitCodeOfStatus, exitCodes, type ExitCode } from './exit-codes.ts';

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

/** What the API refused, in its own words. */
export function errorOfProblem({ status, code, detail }: Problem): CliError {
  return new CliError(detail, { code, exitCode: exitCodeOfStatus(status), next: nextCommands[code] });
}

const nextCommands: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'set MISSIONS_TOKEN, or run the command as the user who ran `missions up`',
  MISSION_NOT_FOUND: 'missions list',
  UNKNOWN_APPROVAL: 'missions approvals',
  APPROVAL_PENDING: 'missions approvals',
  STALE_APPROVAL: 'missions plan ID, then missions approve ID',
  BUS_NO_RESPONDERS: 'missions status',
  BUS_TIMEOUT: 'missions status',
  FAULT: 'missions doctor',
};
