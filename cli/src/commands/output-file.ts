import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';

export interface OutputOptions {
  readonly output?: string;
  readonly force?: boolean;
}

/** What somebody has there is theirs: it is replaced on their word alone. */
export function requireNew(path: string, { force }: OutputOptions): void {
  if (force === true || !existsSync(path)) return;
  throw new CliError(`${path} is there already.`, {
    code: 'OUTPUT_EXISTS',
    exitCode: exitCodes.conflict,
    next: 'name another file with --output, or replace it with --force',
  });
}

/** Refuses with `OUTPUT_NOT_WRITABLE`. */
export function writeOutput(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new CliError(
      `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      { code: 'OUTPUT_NOT_WRITABLE', exitCode: exitCodes.usage, cause: error },
    );
  }
}

/** Why a file cannot be read, in words; undefined when it can. */
export function cannotOpen(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'it is a folder';
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return whyUnreadable(error);
  }
}

export function whyUnreadable(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EACCES: 'it is not yours to read',
    EISDIR: 'it is a folder',
  };
  const { code = '', message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  return reasons[code] ?? message.split('\n', 1)[0] ?? message;
}
