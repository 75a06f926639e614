import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import { isAbandoned, processMark } from './process-mark.ts';

/** The kernel's limit on the path of a unix socket, with its closing zero. */
const longestSocketPath = 107;

/** Where on this host a process puts what it needs for its runs; every name ends in its mark. */
export class HostPlaces {
  private readonly mark = processMark();

  constructor(private readonly stateDir: string) {}

  /** The path of a workspace, which is not made here; its name begins with the run's id where it belongs to one. */
  workspace(name: string): string {
    return join(this.workspaces, `${name}.${this.mark}`);
  }

  /** All workspaces of this host, of this process and of others. */
  get workspaces(): string {
    return join(this.stateDir, 'workspaces');
  }

  /** A directory for clean rooms, made when it is missing; the sandbox's user passes through, but cannot look around. */
  async proofRooms(): Promise<string> {
    const all = await makePassable(join(this.stateDir, 'proofs'));
    return makePassable(join(all, `rooms.${this.mark}`));
  }

  /** A fresh path for the socket of one session's way out. Refuses with `ENVIRONMENT` when it would be too long. */
  async egressSocket(): Promise<string> {
    const directory = await makePassable(join(this.stateDir, 'egress'));
    const socketPath = join(directory, `${randomUUID().slice(0, 8)}.${this.mark}`);
    if (socketPath.length <= longestSocketPath) return socketPath;
    throw new DomainError(
      'ENVIRONMENT',
      'The state directory has too long a path for a socket; choose a shorter one.',
      { socketPath },
    );
  }
}

async function makePassable(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o711);
  return directory;
}

/**
 * Removes what processes of this host left in a state directory when they were killed, and nothing else: what a living
 * process made, or one that cannot be seen from here, stays. Gives the paths it removed; those it could not are told.
 */
export async function removeAbandonedPlaces(
  stateDir: string,
  onTrouble: (error: unknown, path: string) => void,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const folder of ['workspaces', 'proofs', 'egress']) {
    const names = await readdir(join(stateDir, folder)).catch(() => []);
    for (const path of names.filter(isAbandoned).map((name) => join(stateDir, folder, name))) {
      try {
        await removeTree(path);
        removed.push(path);
      } catch (error) {
        onTrouble(error, path);
      }
    }
  }
  return removed;
}

/** Tools make directories read-only (a module cache); an owner without root must open them to delete them. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await openUp(join(directory, entry.name));
}
