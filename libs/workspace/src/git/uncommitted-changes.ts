import { randomUUID } from 'node:crypto';
import { access, copyFile, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Git, GitOptions, GitPlace } from './git.ts';
import { GitFault } from './run-git.ts';
import type { SourceRepository } from './source-repository.ts';

export type Changes = 'none' | 'some' | 'unknown';

interface Looking {
  readonly git: Git;
  readonly neutralGitDir: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether a person's checkout differs from its commit, seen through a repository of ours and a copy of the index:
 * `git status` in the person's own would run whatever its configuration names.
 */
export async function uncommittedChanges(looking: Looking, source: SourceRepository): Promise<Changes> {
  if (source.workTree === undefined) return 'none';
  const indexFile = join(dirname(looking.neutralGitDir), `.index-${randomUUID()}`);
  try {
    const copied = await copyIndex(join(source.gitDir, 'index'), indexFile);
    const view = viewOf(looking, source, indexFile);
    const headSha = await looking.git.commitSha(source, 'HEAD', looking.signal);
    if (copied && (await trackedChanges(looking.git, view, headSha))) return 'some';
    return (await untrackedFiles(looking.git, view, source)) ? 'some' : 'none';
  } catch (error) {
    if (error instanceof GitFault) return 'unknown';
    throw error;
  } finally {
    await rm(indexFile, { force: true });
  }
}

/**
 * False when there is no index. The copy keeps its time, rounded down: Git compares content where a file is not older
 * than the index, and a younger copy would hide a change made in the same instant as the last commit.
 */
async function copyIndex(from: string, to: string): Promise<boolean> {
  const found = await stat(from).catch(() => undefined);
  if (found === undefined) return false;
  await copyFile(from, to);
  const seconds = Math.floor(found.mtimeMs / 1_000);
  await utimes(to, seconds, seconds);
  return true;
}

interface View {
  readonly place: GitPlace;
  readonly options: GitOptions;
}

function viewOf({ neutralGitDir, signal }: Looking, source: SourceRepository, indexFile: string): View {
  return {
    place: { gitDir: neutralGitDir },
    options: {
      signal,
      env: {
        GIT_INDEX_FILE: indexFile,
        GIT_WORK_TREE: source.workTree ?? '/',
        GIT_ALTERNATE_OBJECT_DIRECTORIES: alternateObjects(source),
      },
    },
  };
}

/** The environment value that lets a repository of ours read the objects of another, and nothing else of it. */
export function alternateObjects(source: SourceRepository): string {
  const escaped = join(source.commonDir, 'objects').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${escaped}"`;
}

async function trackedChanges(
  git: Git,
  { place, options }: View,
  headSha: string | undefined,
): Promise<boolean> {
  await git.run(place, ['update-index', '-q', '--refresh'], options);
  const comparisons = [
    ['diff-files', '--quiet', '--ignore-submodules'],
    ['diff-index', '--cached', '--quiet', headSha ?? EMPTY_TREE_SHA],
  ];
  for (const args of comparisons) {
    const result = await git.run(place, args, options);
    if (result.exitCode > 1) throw new GitFault(args[0] ?? '', result.exitCode, result.stderr);
    if (result.exitCode === 1) return true;
  }
  return false;
}

async function untrackedFiles(
  git: Git,
  { place, options }: View,
  source: SourceRepository,
): Promise<boolean> {
  const excludes = join(source.commonDir, 'info', 'exclude');
  const hasExcludes = await access(excludes).then(
    () => true,
    () => false,
  );
  const args = ['ls-files', '-z', '--others', '--directory', '--no-empty-directory', '--exclude-standard'];
  const result = await git.run(place, hasExcludes ? [...args, `--exclude-from=${excludes}`] : args, {
    ...options,
    maxOutputBytes: 4_096,
    keepTruncated: true,
  });
  if (result.exitCode !== 0) throw new GitFault('ls-files', result.exitCode, result.stderr);
  return result.stdout.length > 0;
}

/** Git knows the empty tree without storing it. */
export const EMPTY_TREE_SHA = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
