import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { EgressProxy } from '@missions/workspace';

export type OpenEgress = () => Promise<EgressProxy | undefined>;

/** The directory of egress sockets: the supervisor's own, passed through by the sandbox's user. */
export async function egressSocketPath(stateDir: string): Promise<string> {
  const directory = join(stateDir, 'egress');
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const socketPath = join(directory, `${randomUUID().slice(0, 13)}.sock`);
  // The kernel's limit on the path of a unix socket.
  if (socketPath.length < 108) return socketPath;
  throw new DomainError(
    'ENVIRONMENT',
    'The state directory has too long a path for a socket; choose a shorter one.',
    {
      socketPath,
    },
  );
}
