import { lstat, mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';

/** Why a file request was not done; `code` travels to the caller unchanged. */
export class FileRefusal extends Error {
  readonly code: string;
  readonly errno: string | undefined;

  constructor(code: string, message: string, errno?: string) {
    super(message);
    this.code = code;
    this.errno = errno;
  }
}

/** Where file requests may reach: relative paths start at `workspace`, and links must end below one of the roots. */
export interface FileScope {
  readonly workspace: string;
  readonly roots: readonly string[];
}

/** The real path of something that exists, links followed, below a root. */
export async function existingPath(scope: FileScope, path: string): Promise<string> {
  const real = await realpath(resolve(scope.workspace, path));
  requireInside(scope, real, path);
  return real;
}

/** The real path to write to; missing directories are made, each below a real directory that lies inside. */
export async function writablePath(scope: FileScope, path: string): Promise<string> {
  const wanted = resolve(scope.workspace, path);
  requireInside(scope, wanted, path);
  const folder = await makeFolder(scope, dirname(wanted), path);
  const target = resolve(folder, basename(wanted));
  const link = await lstat(target).catch(() => undefined);
  if (!link?.isSymbolicLink()) return target;
  return existingPath(scope, target);
}

async function makeFolder(scope: FileScope, folder: string, path: string): Promise<string> {
  const real = await realpath(folder).catch(() => undefined);
  if (real !== undefined) {
    requireInside(scope, real, path);
    return real;
  }
  const parent = await makeFolder(scope, dirname(folder), path);
  const made = resolve(parent, basename(folder));
  await mkdir(made);
  return made;
}

function requireInside(scope: FileScope, real: string, path: string): void {
  if (scope.roots.some((root) => real === root || real.startsWith(`${root}${sep}`))) return;
  throw new FileRefusal('FILE_OUTSIDE', `${path} lies outside the workspace.`);
}
