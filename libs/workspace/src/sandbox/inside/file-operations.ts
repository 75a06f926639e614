import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { existingPath, FileRefusal, writablePath, type FileScope } from './confined-path.ts';

export interface ReadRequest {
  readonly path: string;
  readonly offset: number;
  readonly limit: number;
}

export async function readRange(
  scope: FileScope,
  request: ReadRequest,
): Promise<{ size: number; base64: string }> {
  const path = await existingPath(scope, request.path);
  // Not blocking: opening a named pipe that nobody writes to would otherwise never return.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const { size } = await requireFile(file.stat(), request.path);
    const length = Math.max(Math.min(request.limit, size - request.offset), 0);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, request.offset);
    return { size, base64: buffer.subarray(0, bytesRead).toString('base64') };
  } finally {
    await file.close();
  }
}

export async function replaceFile(
  scope: FileScope,
  request: { path: string; base64: string },
): Promise<null> {
  const target = await writablePath(scope, request.path);
  const former = await lstat(target).catch(() => undefined);
  if (former) await requireFile(Promise.resolve(former), request.path);
  const draft = join(dirname(target), `.${randomUUID()}.partial`);
  try {
    await writeFile(draft, Buffer.from(request.base64, 'base64'), { flag: 'wx' });
    if (former) await chmod(draft, former.mode & 0o777);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return null;
}

const listingLimit = 5_000;

export async function listFolder(scope: FileScope, request: { path: string }): Promise<object> {
  const path = await existingPath(scope, request.path);
  const found = await readdir(path, { withFileTypes: true });
  const named = found.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, listingLimit);
  const entries = await Promise.all(
    named.map(async (entry) => ({
      name: entry.name,
      kind: kindOf(entry),
      size: (await lstat(join(path, entry.name)).catch(() => undefined))?.size ?? 0,
    })),
  );
  return { entries, truncated: found.length > listingLimit };
}

interface EntryType {
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isSymbolicLink: () => boolean;
}

function kindOf(entry: EntryType): 'file' | 'directory' | 'link' | 'other' {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

async function requireFile<T extends EntryType>(entry: Promise<T>, path: string): Promise<T> {
  const found = await entry;
  if (found.isFile()) return found;
  throw new FileRefusal(
    'FILE_REFUSED',
    `${path} is a ${found.isDirectory() ? 'directory' : 'special file'}.`,
    'EINVAL',
  );
}
