import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';

/** Absolute paths of the system programs that start sandboxed processes. */
export interface HostTools {
  readonly prlimit: string;
  readonly nsenter: string;
  readonly setpriv: string;
  readonly bash: string;
}

const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

/** Refuses with `SANDBOX_UNAVAILABLE`, naming what to install. */
export function findHostTools(): HostTools {
  return { prlimit: find('prlimit'), nsenter: find('nsenter'), setpriv: find('setpriv'), bash: find('bash') };
}

function find(name: string): string {
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found) return found;
  const from = name === 'bash' ? 'bash' : 'util-linux';
  throw new DomainError(
    'SANDBOX_UNAVAILABLE',
    `The sandbox needs the program ${name}; install the package ${from}.`,
    {
      missing: name,
    },
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
