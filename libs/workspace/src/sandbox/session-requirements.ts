import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { SandboxMount, SessionOptions } from '../sandbox.ts';
import type { SandboxUser } from './sandbox-user.ts';

const engineOwned = [
  '/',
  '/bin',
  '/dev',
  '/etc',
  '/lib',
  '/lib64',
  '/opt/toolchain',
  '/proc',
  '/run',
  '/sbin',
  '/tmp',
  '/usr',
  '/workspace',
];

/** Refuses what would open a hole or start a session that cannot work; checks before anything is created. */
export async function requireUsable(options: SessionOptions, user: SandboxUser): Promise<void> {
  if (!/^[\w.-]{1,120}$/.test(options.id))
    throw new DomainError('SANDBOX_REQUEST', `${options.id} cannot name a sandbox session.`, {
      id: options.id,
    });
  await requireWorkspace(options.workspace, user);
  for (const mount of [...(options.readOnlyMounts ?? []), ...(options.writableMounts ?? [])])
    requireMount(mount);
}

async function requireWorkspace(workspace: string, user: SandboxUser): Promise<void> {
  const found = await lstat(workspace).catch(() => undefined);
  const refuse = (why: string): never => {
    throw new DomainError('SANDBOX_WORKSPACE', `The workspace ${workspace} ${why}.`, { workspace });
  };
  if (!found?.isDirectory()) refuse('is not a directory');
  if (found?.uid !== user.uid) refuse(`is not owned by the sandbox's user ${String(user.uid)}`);
  const git = await lstat(join(workspace, '.git')).catch(() => undefined);
  // Mounting over a link would protect where it leads, and leave the link itself to be replaced.
  if (git?.isSymbolicLink()) refuse('has a link as its .git');
}

function requireMount({ host, inside }: SandboxMount): void {
  const plain = posix.isAbsolute(inside) && posix.normalize(inside) === inside && posix.isAbsolute(host);
  // Below the workspace a planted link could move the place of the mount.
  const taken = engineOwned.includes(inside) || /^\/(workspace|tmp|proc|dev|usr|run|etc)\//.test(inside);
  if (plain && !taken) return;
  throw new DomainError('SANDBOX_REQUEST', `${host} cannot be mounted at ${inside}.`, { host, inside });
}
