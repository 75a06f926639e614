import { DomainError } from '@missions/kernel';

/** Used when the service is root: high enough to belong to nobody, the same on every host. */
export const defaultSandboxUid = 64100;

/** The host identity that every sandboxed process has. */
export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
  /** The service is root and switches to this user when it spawns. */
  readonly switched: boolean;
}

/** Root never is the sandbox's user: as root, a command in any of these sandboxes can write the host's /proc/sys. */
export function sandboxUser(poolUid: number = defaultSandboxUid): SandboxUser {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) return { uid, gid, switched: false };
  if (!Number.isInteger(poolUid) || poolUid <= 0)
    throw new DomainError(
      'SANDBOX_UNAVAILABLE',
      `The sandbox cannot run as uid ${String(poolUid)}; choose one above 0.`,
      { uid: poolUid },
    );
  return { uid: poolUid, gid: poolUid, switched: true };
}

/** What node's spawn needs to start a process as that user; empty when the service already is that user. */
export function spawnIdentity(user: SandboxUser): { readonly uid?: number; readonly gid?: number } {
  return user.switched ? { uid: user.uid, gid: user.gid } : {};
}
