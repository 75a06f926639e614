import { constants, lstatSync, type BigIntStats } from 'node:fs';
import { open, readdir, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One directory of a workspace, opened step by step from the root without following a link.
 *
 * The workspace belongs to code that may be running and may swap a file for a link at any moment; a path looked at and
 * then opened would lead the supervisor out. On Linux every step goes through the descriptor of the directory above
 * (`/proc/self/fd`, in effect openat). Elsewhere paths are used, and only the last step is safe against a swap.
 */
export class DirectoryBeneath {
  private constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
  ) {}

  static async root(path: string): Promise<DirectoryBeneath> {
    return new DirectoryBeneath(await open(path, DIRECTORY_FLAGS), path);
  }

  /** `undefined` when there is no directory of that name (a link to one is none). The caller closes it. */
  async enter(name: string): Promise<DirectoryBeneath | undefined> {
    try {
      const handle = await open(this.place(name), DIRECTORY_FLAGS);
      return new DirectoryBeneath(handle, join(this.path, name));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  /**
   * What stands at the name, itself and not what it points to. Synchronous: a checkpoint asks this of every file, and
   * the way through the thread pool costs ten times the call.
   */
  stat(name: string): BigIntStats | undefined {
    try {
      return lstatSync(this.place(name), { bigint: true });
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  async isEmpty(): Promise<boolean> {
    return (await readdir(this.place('.'))).length === 0;
  }

  async linkTarget(name: string): Promise<Buffer> {
    return readlink(this.place(name), { encoding: 'buffer' });
  }

  /** Never waits, also if a pipe has taken the file's place; the caller closes it. */
  async openFile(name: string): Promise<FileHandle> {
    return open(this.place(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private place(name: string): Buffer {
    const directory = process.platform === 'linux' ? `/proc/self/fd/${this.handle.fd}` : this.path;
    return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name, 'latin1')]);
  }
}

const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Nothing there, or something there that is no directory. */
function isAbsence(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}

/** Steps down a path of names; the caller closes what it gets unless it is the root. */
export async function enterFolder(
  root: DirectoryBeneath,
  folder: string,
): Promise<DirectoryBeneath | undefined> {
  if (folder === '') return root;
  let current = root;
  for (const name of folder.split('/')) {
    const next = await current.enter(name);
    if (current !== root) await current.close();
    if (next === undefined) return undefined;
    current = next;
  }
  return current;
}
