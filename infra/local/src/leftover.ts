import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { endProcess, identityOf, type ProcessIdentity } from './process-identity.ts';

export interface LeftoverQuery {
  /** Where the server itself notes its pid, on the first line. */
  readonly pidFile: string;
  /** What the command line of the server of this very directory contains. */
  readonly mark: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopLimitMs: number;
}

/** The server of this directory that nobody recorded: its starter was killed between the start and the record. */
export function leftover(query: Pick<LeftoverQuery, 'pidFile' | 'mark'>): ProcessIdentity | undefined {
  const pid = pidIn(query.pidFile);
  const identity = pid === undefined ? undefined : identityOf(pid);
  return identity !== undefined && commandLineOf(identity.pid).includes(query.mark) ? identity : undefined;
}

/** Ends such a server; false when there was none. */
export async function endLeftover(query: LeftoverQuery): Promise<boolean> {
  const found = leftover(query);
  if (found === undefined) return false;
  await endProcess(found, { signal: query.stopSignal, limitMs: query.stopLimitMs });
  return true;
}

function pidIn(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function commandLineOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
