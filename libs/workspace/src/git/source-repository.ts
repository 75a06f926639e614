import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { GitPlace, Owner } from './git.ts';

/** A person's local repository, found without running Git in it. */
export interface SourceRepository extends GitPlace {
  readonly path: string;
  /** Where objects and refs lie; differs from `gitDir` in a linked worktree. */
  readonly commonDir: string;
  readonly workTree: string | undefined;
}

/** Finds the repository at exactly this path; refuses REPOSITORY_NOT_FOUND, NOT_A_REPOSITORY, UNSAFE_OWNERSHIP. */
export async function locateSource(path: string): Promise<SourceRepository> {
  const place = await realpath(resolve(path)).catch(() => undefined);
  if (place === undefined) {
    throw new DomainError('REPOSITORY_NOT_FOUND', `There is nothing at ${path}.`, { path });
  }
  const dotGit = await gitDirOf(place);
  const gitDir = dotGit ?? ((await isGitDir(place)) ? place : undefined);
  if (gitDir === undefined) throw await notARepository(place);
  const commonDir = await commonDirOf(gitDir);
  return {
    path: place,
    gitDir,
    commonDir,
    workTree: dotGit === undefined ? undefined : place,
    owner: await ownerOf(place, commonDir),
  };
}

/** `.git` as a directory, or the directory that a `.git` file names (linked worktree, submodule). */
async function gitDirOf(place: string): Promise<string | undefined> {
  const dotGit = join(place, '.git');
  const found = await stat(dotGit).catch(() => undefined);
  if (found?.isDirectory() === true) return (await isGitDir(dotGit)) ? dotGit : undefined;
  if (found?.isFile() !== true || found.size > 4_096) return undefined;
  const target = /^gitdir: (.+?)\s*$/s.exec(await readFile(dotGit, 'utf8'))?.[1];
  const gitDir = target === undefined ? undefined : resolve(place, target);
  return gitDir !== undefined && (await isGitDir(gitDir)) ? gitDir : undefined;
}

async function isGitDir(path: string): Promise<boolean> {
  const commonDir = await commonDirOf(path);
  const [head, objects, refs] = await Promise.all([
    stat(join(path, 'HEAD')).catch(() => undefined),
    stat(join(commonDir, 'objects')).catch(() => undefined),
    stat(join(commonDir, 'refs')).catch(() => undefined),
  ]);
  return head !== undefined && objects?.isDirectory() === true && refs !== undefined;
}

async function commonDirOf(gitDir: string): Promise<string> {
  const text = await readFile(join(gitDir, 'commondir'), 'utf8').catch(() => undefined);
  return text === undefined ? gitDir : resolve(gitDir, text.trim());
}

/** As root, everything in a person's repository is done as that person, so that nothing of it ends up owned by root. */
async function ownerOf(place: string, commonDir: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [outside, inside] = await Promise.all([stat(place), stat(commonDir)]);
  if (outside.uid !== inside.uid) {
    throw new DomainError(
      'UNSAFE_OWNERSHIP',
      `${place} and its Git directory belong to different users; a mission does not start from it.`,
      { path: place, gitDir: commonDir },
    );
  }
  return inside.uid === 0 ? undefined : { uid: inside.uid, gid: inside.gid };
}

async function notARepository(place: string): Promise<DomainError> {
  const enclosing = await enclosingRepository(dirname(place));
  const hint =
    enclosing === undefined ? `Run "git init" in it first.` : `It lies inside the repository ${enclosing}.`;
  return new DomainError('NOT_A_REPOSITORY', `${place} is not a Git repository. ${hint}`, {
    path: place,
    ...(enclosing === undefined ? {} : { enclosing }),
  });
}

async function enclosingRepository(place: string): Promise<string | undefined> {
  if ((await gitDirOf(place)) !== undefined) return place;
  return dirname(place) === place ? undefined : enclosingRepository(dirname(place));
}
