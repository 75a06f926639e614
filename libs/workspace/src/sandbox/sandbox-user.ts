import { DomainError } from '@missions/kernel';
import { defaultSandboxUids, type UidRange } from '../sandbox-users.ts';

/** The host identity that every process of one sandbox has. */
export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
  /** The service is root and switches to this user when it spawns. */
  readonly switched: boolean;
}

/** Root never is the sandbox's user: as root, a command in any of these sandboxes can write the host's /proc/sys. */
export function sandboxUser(poolUid: number = defaultSandboxUids.first): SandboxUser {
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

/** Who may own a workspace; a session runs as its workspace's owner. */
export interface SandboxUsers {
  /** Of the engine's own sessions (the probe), and of workspaces that were given to no mission. */
  readonly engine: SandboxUser;
  /** The user with this uid; undefined when no sandbox may run as it. */
  readonly withUid: (uid: number) => SandboxUser | undefined;
}

export function sandboxUsers({ first, count }: UidRange = defaultSandboxUids): SandboxUsers {
  const engine = sandboxUser(first);
  const last = engine.switched ? first + count - 1 : engine.uid;
  return {
    engine,
    withUid: (uid) =>
      uid >= engine.uid && uid <= last
        ? { ...engine, uid, gid: engine.switched ? uid : engine.gid }
        : undefined,
  };
}

/** What node's spawn needs to start a process as that user; empty when the service already is that user. */
export function spawnIdentity(user: SandboxUser): { readonly uid?: number; readonly gid?: number } {
  return user.switched ? { uid: user.uid, gid: user.gid } : {};
}
