import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DomainError } from '@missions/kernel';
import { requireCommit, withIndex, workspacesFolder, type Store } from './store.ts';

/** Remembers a directory this store made: nothing else is ever deleted. */
interface WorkspaceRecord {
  readonly directory: string;
  readonly dev: number;
  readonly ino: number;
}

/** Lays out a commit's files, byte for byte. A workspace this store made there before is replaced. */
export async function layOut(
  store: Store,
  { sha, directory }: { readonly sha: string; readonly directory: string },
  signal?: AbortSignal,
): Promise<void> {
  await requireCommit(store, sha, signal);
  const place = await plainPath(directory);
  await removeWorkspace(store.folder, place).catch(ignoreStranger);
  await makeDirectory(store, place);
  store.hashed.delete(directory);
  await withIndex(store, async (indexFile) => {
    const options = {
      env: { GIT_INDEX_FILE: indexFile, GIT_WORK_TREE: place },
      timeoutMs: LAY_OUT_MS,
      signal,
    };
    await store.git.output(store, ['read-tree', sha], options);
    await store.git.output(store, ['checkout-index', '--all', '--quiet', `--prefix=${place}/`], options);
  });
}

const LAY_OUT_MS = 300_000;

async function makeDirectory(store: Store, place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  const entries = await readdir(place).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  });
  if (entries !== undefined && entries.length > 0) {
    throw new DomainError('WORKSPACE_NOT_EMPTY', `${place} holds files that are not this mission's.`, {
      directory: place,
    });
  }
  if (entries === undefined) await mkdir(place, { mode: 0o755 });
  const { dev, ino } = await lstat(place);
  await writeRecord(store.folder, { directory: place, dev, ino });
}

/**
 * Deletes a directory this store laid out; refuses NOT_A_WORKSPACE elsewhere. One already gone is fine.
 * The sandbox session that used it must be closed.
 */
export async function removeWorkspace(folder: string, directory: string): Promise<void> {
  const place = await plainPath(directory);
  const file = recordFile(folder, place);
  const record = await readRecord(file);
  const found = await lstat(place).catch(() => undefined);
  if (found === undefined) {
    await rm(file, { force: true });
    return;
  }
  if (record?.ino !== found.ino || record.dev !== found.dev || !found.isDirectory()) {
    throw new DomainError('NOT_A_WORKSPACE', `${place} was not made by this mission; it stays.`, {
      directory: place,
    });
  }
  await removeTree(place);
  await rm(file, { force: true });
}

export async function removeAllWorkspaces(folder: string): Promise<void> {
  for (const name of await readdir(workspacesFolder(folder)).catch(() => [])) {
    const record = await readRecord(join(workspacesFolder(folder), name));
    if (record !== undefined) await removeWorkspace(folder, record.directory).catch(ignoreStranger);
  }
}

function ignoreStranger(error: unknown): void {
  if (!(error instanceof DomainError && error.code === 'NOT_A_WORKSPACE')) throw error;
}

/** Tools make directories read-only (a module cache); an owner without root must open them to delete them. */
async function removeTree(place: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as { code?: string }).code ?? '')) throw error;
    await openUp(place);
    await rm(place, { recursive: true, force: true });
  }
}

async function openUp(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await openUp(join(directory, entry.name));
  }
}

/** The path with links resolved above its last part: the same directory always has one name. */
async function plainPath(directory: string): Promise<string> {
  const absolute = resolve(directory);
  const above = await realpath(dirname(absolute)).catch(() => dirname(absolute));
  return join(above, basename(absolute));
}

function recordFile(folder: string, directory: string): string {
  return join(workspacesFolder(folder), `${createHash('sha256').update(directory).digest('hex')}.json`);
}

async function readRecord(file: string): Promise<WorkspaceRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as WorkspaceRecord);
}

async function writeRecord(folder: string, record: WorkspaceRecord): Promise<void> {
  const file = recordFile(folder, record.directory);
  await writeFile(`${file}.new`, JSON.stringify(record));
  await rename(`${file}.new`, file);
}
