import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { SandboxMount, SessionOptions } from '../sandbox.ts';
import type { SandboxUser, SandboxUsers } from './sandbox-user.ts';

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

/**
 * The user that the session is to run as: its workspace's owner. Refuses what would open a hole or start a session that
 * cannot work, before anything is created.
 */
export async function requireUsable(options: SessionOptions, users: SandboxUsers): Promise<SandboxUser> {
  if (!/^[\w.-]{1,120}$/.test(options.id))
    throw new DomainError('SANDBOX_REQUEST', `${options.id} cannot name a sandbox session.`, {
      id: options.id,
    });
  for (const mount of [...(options.readOnlyMounts ?? []), ...(options.writableMounts ?? [])])
    requireMount(mount);
  return requireWorkspace(options.workspace, users);
}

async function requireWorkspace(workspace: string, users: SandboxUsers): Promise<SandboxUser> {
  const found = await lstat(workspace).catch(() => undefined);
  const refuse = (why: string): never => {
    throw new DomainError('SANDBOX_WORKSPACE', `The workspace ${workspace} ${why}.`, { workspace });
  };
  if (!found?.isDirectory()) refuse('is not a directory');
  const user = users.withUid(found?.uid ?? 0);
  const git = await lstat(join(workspace, '.git')).catch(() => undefined);
  // Mounting over a link would protect where it leads, and leave the link itself to be replaced.
  if (git?.isSymbolicLink()) refuse('has a link as its .git');
  return user ?? refuse(`is not owned by a user of sandboxes, such as ${String(users.engine.uid)}`);
}

function requireMount({ host, inside }: SandboxMount): void {
  const plain = posix.isAbsolute(inside) && posix.normalize(inside) === inside && posix.isAbsolute(host);
  // Below the workspace a planted link could move the place of the mount.
  const taken = engineOwned.includes(inside) || /^\/(workspace|tmp|proc|dev|usr|run|etc)\//.test(inside);
  if (plain && !taken) return;
  throw new DomainError('SANDBOX_REQUEST', `${host} cannot be mounted at ${inside}.`, { host, inside });
}
