import type { Git, GitPlace } from './git.ts';

export type FileMode = '100644' | '100755' | '120000' | '160000';

export interface TreeEntry {
  readonly mode: FileMode;
  readonly sha: string;
  /** `undefined` for a submodule. */
  readonly bytes: number | undefined;
}

/**
 * A commit's files by path. A path is a string of one character per byte, because Git names are bytes:
 * `shownPath` is for people and JSON.
 */
export type TreeListing = ReadonlyMap<string, TreeEntry>;

export const shownPath = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');
export const bytePath = (path: string): string => Buffer.from(path, 'utf8').toString('latin1');

/** A path as trees hold them: no step up, no empty part, so that Git cannot read it relative to anything. */
export function isTreePath(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

export async function listTree(
  git: Git,
  place: GitPlace,
  sha: string,
  options: { readonly paths?: readonly string[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<TreeListing> {
  const paths = (options.paths ?? []).map(shownPath);
  const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', sha, '--', ...paths];
  const output = await git.output(place, args, { signal: options.signal });
  const listing = new Map<string, TreeEntry>();
  for (const record of output.toString('latin1').split('\0')) {
    const [, mode, entrySha, size, path] = /^(\d+) \w+ ([0-9a-f]+) +(-|\d+)\t(.+)$/s.exec(record) ?? [];
    if (mode === undefined || entrySha === undefined || path === undefined) continue;
    // Git writes old group-writable modes as they were stored; it treats them as plain files.
    const known = mode === '100664' ? '100644' : (mode as FileMode);
    listing.set(path, { mode: known, sha: entrySha, bytes: size === '-' ? undefined : Number(size) });
  }
  return listing;
}
