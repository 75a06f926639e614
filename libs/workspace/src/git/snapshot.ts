import { DomainError } from '@missions/kernel';
import type { OmittedPath, WorktreeSnapshot } from '../mission-repository.ts';
import { problemsOf } from './content-rules.ts';
import { writeBlobs } from './objects.ts';
import { treeOf, withIndex, type Store } from './store.ts';
import { listTree, shownPath, type TreeListing } from './tree-listing.ts';
import type { Problem } from './tree-rules.ts';
import { readWorktree, type WorkFile } from './worktree-reader.ts';

export interface Snapshot {
  readonly tree: string;
  readonly parentTree: string;
  readonly omitted: readonly OmittedPath[];
}

/** What happens to a path that may not be committed. */
export type Strictness = 'refuse' | 'omit';

/** Turns a workspace into a tree in the store; no ref moves, and the workspace is only read. */
export function takeSnapshot(
  store: Store,
  request: WorktreeSnapshot & { readonly strictness: Strictness },
  signal?: AbortSignal,
): Promise<Snapshot> {
  return withIndex(store, async (indexFile) => {
    const parentTree = await treeOf(store, request.parentSha, signal);
    const parent = await listTree(store.git, store, request.parentSha, { signal });
    const index = { store, indexFile, signal };
    await store.git.output(store, ['read-tree', request.parentSha], { env: indexEnv(indexFile), signal });
    const excluded = excludes(request.exclude ?? []);
    const untracked = await untrackedPaths(index, request);
    const paths = [...parent.keys(), ...untracked].filter((path) => !excluded(path));
    const reading = await readWorktree({
      directory: request.directory,
      paths: new Set(paths.filter((path) => !path.endsWith('/'))),
      parent,
      limits: store.limits,
      hashed: hashedIn(store, request.directory),
      signal,
    });
    const context = { store, directory: request.directory, parent, untracked, files: reading.files, signal };
    const problems = [...reading.problems, ...(await problemsOf(context))];
    if (request.strictness === 'refuse') refuse(problems);
    const changes = changesOf({ parent, files: reading.files, excluded, problems });
    refuseTooMany(store, changes);
    const tree = await writeTree(index, changes);
    return { tree, parentTree, omitted: problems.map(({ path, code }) => ({ path: shownPath(path), code })) };
  });
}

interface Index {
  readonly store: Store;
  readonly indexFile: string;
  readonly signal: AbortSignal | undefined;
}

const indexEnv = (indexFile: string): Record<string, string> => ({ GIT_INDEX_FILE: indexFile });

function hashedIn({ hashed }: Store, directory: string) {
  const known = hashed.get(directory);
  if (known !== undefined) return known;
  const fresh = new Map<string, never>();
  hashed.set(directory, fresh);
  return fresh;
}

/** Git names them, because it knows `.gitignore`; it does not read them. A nested repository ends with a slash. */
async function untrackedPaths(index: Index, request: WorktreeSnapshot): Promise<readonly string[]> {
  const excludes = (request.exclude ?? []).map((folder) => `--exclude=/${escapePattern(folder)}`);
  const args = ['ls-files', '-z', '--others', '--exclude-standard', ...excludes];
  const output = await index.store.git.output(index.store, args, {
    env: { ...indexEnv(index.indexFile), GIT_WORK_TREE: request.directory },
    signal: index.signal,
  });
  return output
    .toString('latin1')
    .split('\0')
    .filter((path) => path !== '');
}

const escapePattern = (folder: string): string => folder.replace(/[\\*?[\] ]/g, '\\$&');

function excludes(folders: readonly string[]): (path: string) => boolean {
  const prefixes = folders.map((folder) => Buffer.from(folder.replace(/\/+$/, '')).toString('latin1'));
  return (path) => prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

interface Change {
  readonly path: string;
  /** `undefined`: the path is gone. */
  readonly file: WorkFile | undefined;
}

interface Comparison {
  readonly parent: TreeListing;
  readonly files: ReadonlyMap<string, WorkFile>;
  readonly excluded: (path: string) => boolean;
  readonly problems: readonly Problem[];
}

/** A path with a problem stays as it is in the parent. */
function changesOf({ parent, files, excluded, problems }: Comparison): readonly Change[] {
  const kept = new Set(problems.map(({ path }) => path));
  const deleted = [...parent]
    .filter(([path, { mode }]) => mode !== '160000' && !files.has(path) && !kept.has(path) && !excluded(path))
    .map(([path]) => ({ path, file: undefined }));
  const written = [...files]
    .filter(([path, { mode, sha }]) => {
      const before = parent.get(path);
      return before?.mode !== '160000' && (before?.mode !== mode || before.sha !== sha) && !kept.has(path);
    })
    .map(([path, file]) => ({ path, file }));
  return [...deleted, ...written];
}

async function writeTree({ store, indexFile, signal }: Index, changes: readonly Change[]): Promise<string> {
  const contents = changes.flatMap(({ file }) => (file?.content === undefined ? [] : [file.content]));
  await writeBlobs(store.git, store, contents, signal);
  const lines = changes.map(({ path, file }) => `${file?.mode ?? '0'} ${file?.sha ?? NO_SHA}\t${path}\0`);
  const options = { env: indexEnv(indexFile), signal };
  await store.git.output(store, ['update-index', '-z', '--index-info'], {
    ...options,
    stdin: Buffer.from(lines.join(''), 'latin1'),
  });
  return store.git.line(store, ['write-tree'], options);
}

const NO_SHA = '0'.repeat(40);

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new DomainError(first.code, `${first.message}${others}`, {
    path: shownPath(first.path),
    ...first.evidence,
    problems: problems
      .slice(0, 50)
      .map(({ code, path, message }) => ({ code, path: shownPath(path), message })),
  });
}

function refuseTooMany({ limits }: Store, changes: readonly Change[]): void {
  if (changes.length <= limits.maxFiles) return;
  throw new DomainError(
    'TOO_MANY_CHANGES',
    `${changes.length} files changed; one commit may change ${limits.maxFiles}. Is a .gitignore missing?`,
    {
      changed: changes.length,
      maxFiles: limits.maxFiles,
      examples: changes.slice(0, 5).map(({ path }) => shownPath(path)),
    },
  );
}
