import { DomainError } from '@missions/kernel';
import type { ChangedFile, ChangeStatus, Diff, DiffRequest } from '../mission-repository.ts';
import { requireCommit, type Store } from './store.ts';
import { isTreePath } from './tree-listing.ts';
import { EMPTY_TREE_SHA } from './uncommitted-changes.ts';

const DEFAULT_MAX_PATCH_BYTES = 1024 * 1024;

const SAFE_DIFF = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv', '--no-color', '--full-index'];

export async function diffOf(store: Store, request: DiffRequest, signal?: AbortSignal): Promise<Diff> {
  const stray = request.paths?.find((path) => !isTreePath(path));
  if (stray !== undefined) {
    throw new DomainError('INVALID_PATH', `"${stray}" is no path inside a repository.`, { path: stray });
  }
  await requireCommit(store, request.to, signal);
  if (request.from !== undefined) await requireCommit(store, request.from, signal);
  const files = await changedFiles(store, request, signal);
  const patch = request.binary === true ? ['-p', '--binary'] : ['-p'];
  const result = await store.git.run(store, [...SAFE_DIFF, ...patch, ...rangeArguments(request)], {
    maxOutputBytes: request.maxPatchBytes ?? DEFAULT_MAX_PATCH_BYTES,
    keepTruncated: true,
    signal,
  });
  return { files, patch: result.stdout.toString('utf8'), truncated: result.truncated };
}

/** For commits that are known to be here. */
export async function changedFiles(
  store: Store,
  request: DiffRequest,
  signal?: AbortSignal,
): Promise<readonly ChangedFile[]> {
  const args = [...SAFE_DIFF, '-z', '--raw', '--numstat', ...rangeArguments(request)];
  const output = await store.git.output(store, args, { signal });
  return parseChanges(output.toString('utf8').split('\0'));
}

function rangeArguments({ from, to, paths }: DiffRequest): readonly string[] {
  return [from ?? EMPTY_TREE_SHA, to, '--', ...(paths ?? [])];
}

const STATUS: Readonly<Record<string, ChangeStatus>> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type_changed',
};

/** Fields of `--raw -z` (status, one path or two), then those of `--numstat -z` for the same files. */
function parseChanges(fields: readonly string[]): readonly ChangedFile[] {
  const statuses = new Map<string, Pick<ChangedFile, 'status' | 'previousPath'>>();
  const files: ChangedFile[] = [];
  const rest = [...fields].reverse();
  const next = (): string => rest.pop() ?? '';
  for (let field = rest.pop(); field !== undefined && field !== ''; field = rest.pop()) {
    if (field.startsWith(':')) {
      const letter = field.split(' ').at(-1)?.[0] ?? '';
      const path = next();
      const renamed = letter === 'R' || letter === 'C';
      const status = STATUS[letter] ?? 'modified';
      statuses.set(renamed ? next() : path, letter === 'R' ? { status, previousPath: path } : { status });
      continue;
    }
    const [added = '', deleted = '', plain = ''] = splitCounts(field);
    const path = plain === '' ? (next(), next()) : plain;
    files.push({
      path,
      ...(statuses.get(path) ?? { status: 'modified' }),
      additions: count(added),
      deletions: count(deleted),
    });
  }
  return files;
}

function splitCounts(field: string): readonly string[] {
  return /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(field)?.slice(1) ?? [];
}

/** Git counts no lines in a binary file. */
function count(text: string): number | undefined {
  return text === '-' ? undefined : Number(text);
}
