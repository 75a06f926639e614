import type { BigIntStats } from 'node:fs';
import type { ContentLimits } from '../mission-repository.ts';
import { DirectoryBeneath, enterFolder } from './directory-beneath.ts';
import { blobSha } from './objects.ts';
import { readContent } from './read-content.ts';
import type { HashedFile } from './store.ts';
import { shownPath, type FileMode, type TreeEntry, type TreeListing } from './tree-listing.ts';
import type { Problem } from './tree-rules.ts';

/** What lies at one path of a workspace. `content` is there only where it differs from the parent. */
export interface WorkFile {
  readonly mode: FileMode;
  readonly sha: string;
  readonly content?: Buffer;
  /** For a symlink. */
  readonly target?: string;
}

export interface Reading {
  readonly files: Map<string, WorkFile>;
  readonly problems: Problem[];
}

export interface ReadRequest {
  readonly directory: string;
  /** Paths to look at; one that is not there is not in the reading. */
  readonly paths: Iterable<string>;
  readonly parent: TreeListing;
  readonly limits: ContentLimits;
  readonly hashed: Map<string, HashedFile>;
  readonly signal?: AbortSignal | undefined;
}

/** A file whose change time is this close to now may change again without its change time showing it. */
const RACY_MS = 2_000;

const MAX_LOOKS = 5;
const AT_ONCE = 16;
/** Errors of a name that was a link, a file or there at all when it was looked at, and then was not. */
const SWAPPED: readonly string[] = ['EINVAL', 'ELOOP', 'ENOENT', 'ENOTDIR'];
const UNREADABLE: readonly string[] = ['EACCES', 'EPERM', 'ENXIO', 'EIO', 'EISDIR'];

/** Reads a workspace that hostile code may be changing; every byte comes from beneath its root. */
export async function readWorktree(request: ReadRequest): Promise<Reading> {
  return new WorktreeReader(request).read();
}

class WorktreeReader {
  private readonly reading: Reading = { files: new Map(), problems: [] };
  private changedBytes = 0;

  constructor(private readonly request: ReadRequest) {}

  async read(): Promise<Reading> {
    const root = await DirectoryBeneath.root(this.request.directory);
    try {
      for (const [folder, names] of byFolder(this.request.paths)) await this.readFolder(root, folder, names);
    } finally {
      await root.close();
    }
    this.reading.problems.sort((a, b) => (a.path < b.path ? -1 : 1));
    return this.reading;
  }

  private async readFolder(root: DirectoryBeneath, folder: string, names: readonly string[]): Promise<void> {
    this.request.signal?.throwIfAborted();
    const directory = await enterFolder(root, folder);
    if (directory === undefined) return;
    try {
      if (folder !== '' && directory.stat('.git') !== undefined) this.nestedRepository(folder);
      const paths = names.map((name) => ({ name, path: folder === '' ? name : `${folder}/${name}` }));
      for (let next = 0; next < paths.length; next += AT_ONCE) {
        const together = paths.slice(next, next + AT_ONCE);
        await Promise.all(together.map(({ name, path }) => this.readName(directory, name, path)));
      }
    } finally {
      if (directory !== root) await directory.close();
    }
  }

  private nestedRepository(folder: string): void {
    this.problem('NESTED_REPOSITORY', folder, 'holds a Git repository of its own; remove its .git');
  }

  /** Looks again when something was swapped between two looks; gives up on what never holds still. */
  private async readName(directory: DirectoryBeneath, name: string, path: string): Promise<void> {
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      try {
        if (await this.look(directory, name, path)) return;
      } catch (error) {
        const code = (error as { code?: string }).code ?? '';
        if (SWAPPED.includes(code)) continue;
        if (!UNREADABLE.includes(code)) throw error;
        this.problem('UNSUPPORTED_FILE', path, `cannot be read (${code})`);
        return;
      }
    }
    this.problem('UNSUPPORTED_FILE', path, 'keeps changing while it is read');
  }

  /** False when it was no longer what it had been a moment before. */
  private async look(directory: DirectoryBeneath, name: string, path: string): Promise<boolean> {
    const found = directory.stat(name);
    if (found === undefined || found.isDirectory()) return true;
    if (found.isSymbolicLink()) await this.readLink(directory, name, path);
    else if (found.isFile()) return this.readFile({ directory, name, path, found });
    else this.problem('UNSUPPORTED_FILE', path, 'is neither a file nor a link');
    return true;
  }

  private async readLink(directory: DirectoryBeneath, name: string, path: string): Promise<void> {
    const content = await directory.linkTarget(name);
    const sha = blobSha(content);
    const target = content.toString('latin1');
    this.found(path, { mode: '120000', sha, content, target });
  }

  private async readFile(at: FileAt): Promise<boolean> {
    const { path, found } = at;
    const mode = (found.mode & 0o100n) === 0n ? '100644' : '100755';
    const stamp = stampOf(found);
    const known = this.request.hashed.get(path);
    const parent = this.request.parent.get(path);
    if (known?.stamp === stamp && known.sha === parent?.sha) {
      this.found(path, { mode, sha: known.sha });
      return true;
    }
    if (this.isTooLarge(path, found.size, parent)) return true;
    const read = await readContent(at.directory, at.name);
    if (read === undefined) return false;
    if (!isRacy(found)) this.request.hashed.set(path, { stamp, sha: read.sha });
    if (read.sha === parent?.sha) this.found(path, { mode, sha: read.sha });
    else if (this.isTooLarge(path, read.bytes, undefined) || read.content === undefined) return true;
    else this.found(path, { mode, sha: read.sha, content: read.content });
    return true;
  }

  /** A large file is read only if it may be the parent's, untouched: a sparse one can claim any size for nothing. */
  private isTooLarge(path: string, size: bigint, parent: TreeEntry | undefined): boolean {
    if (size <= BigInt(this.request.limits.maxFileBytes)) return false;
    if (parent?.bytes !== undefined && BigInt(parent.bytes) === size) return false;
    const { maxFileBytes } = this.request.limits;
    this.problem('FILE_TOO_LARGE', path, `has ${size} bytes; a file may have ${maxFileBytes}`);
    return true;
  }

  private found(path: string, file: WorkFile): void {
    const { content, ...rest } = file;
    if (content === undefined || this.request.parent.get(path)?.sha === file.sha) {
      this.reading.files.set(path, rest);
      return;
    }
    this.changedBytes += content.length;
    if (this.changedBytes > this.request.limits.maxChangedBytes) {
      this.problem(
        'TOO_MANY_CHANGES',
        path,
        `takes the changes over ${this.request.limits.maxChangedBytes} bytes`,
      );
      return;
    }
    this.reading.files.set(path, file);
  }

  private problem(code: string, path: string, why: string): void {
    this.reading.problems.push({ code, path, message: `"${shownPath(path)}" ${why}.` });
  }
}

interface FileAt {
  readonly directory: DirectoryBeneath;
  readonly name: string;
  readonly path: string;
  readonly found: BigIntStats;
}

function byFolder(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const slash = path.lastIndexOf('/');
    const folder = slash < 0 ? '' : path.slice(0, slash);
    const names = folders.get(folder);
    if (names === undefined) folders.set(folder, [path.slice(slash + 1)]);
    else names.push(path.slice(slash + 1));
  }
  return folders;
}

function stampOf(found: BigIntStats): string {
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':');
}

function isRacy(found: BigIntStats): boolean {
  return Math.abs(Date.now() - Number(found.ctimeMs)) < RACY_MS;
}
