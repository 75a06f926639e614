import type { CommittedContent, CommittedFile, CommittedKind } from '../mission-repository.ts';
import { readObjects } from './objects.ts';
import { requireCommit, type Store } from './store.ts';
import { bytePath, isTreePath, listTree, shownPath, type FileMode } from './tree-listing.ts';

const KINDS: Readonly<Record<FileMode, CommittedKind>> = {
  '100644': 'file',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
};

export async function filesOf(
  store: Store,
  at: { readonly sha: string; readonly directory?: string },
  signal?: AbortSignal,
): Promise<readonly CommittedFile[]> {
  await requireCommit(store, at.sha, signal);
  const directory = at.directory?.replace(/^\.?\/+|\/+$/g, '') ?? '';
  const everything = directory === '' || directory === '.';
  if (!everything && !isTreePath(directory)) return [];
  const paths = everything ? [] : [bytePath(directory)];
  const listing = await listTree(store.git, store, at.sha, { paths, signal });
  return [...listing].map(([path, { mode, sha, bytes }]) => ({
    path: shownPath(path),
    kind: KINDS[mode],
    bytes,
    blob: sha,
  }));
}

export async function contentOf(
  store: Store,
  at: { readonly sha: string; readonly path: string },
  signal?: AbortSignal,
): Promise<CommittedContent | undefined> {
  await requireCommit(store, at.sha, signal);
  if (!isTreePath(at.path)) return undefined;
  const path = bytePath(at.path);
  const entry = (await listTree(store.git, store, at.sha, { paths: [path], signal })).get(path);
  if (entry === undefined || entry.mode === '160000') return undefined;
  const content = await store.git.output(store, ['cat-file', 'blob', entry.sha], { signal });
  return { kind: KINDS[entry.mode], content };
}

/** Names only objects by their full id: anything else on Git's input would be an expression. */
const BLOB = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

export async function blobsOf(
  store: Store,
  blobs: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = [...new Set(blobs)].filter((blob) => BLOB.test(blob));
  const objects = await readObjects(store.git, store, wanted, signal);
  return new Map(objects.flatMap(({ sha, type, content }) => (type === 'blob' ? [[sha, content]] : [])));
}
