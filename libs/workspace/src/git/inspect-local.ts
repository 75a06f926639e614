import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import { EMPTY_BASE_SHA, type RepositoryInspection } from '../mission-repositories.ts';
import type { Git } from './git.ts';
import { nearestName } from './nearest-name.ts';
import { locateSource, type SourceRepository } from './source-repository.ts';
import { uncommittedChanges } from './uncommitted-changes.ts';

interface Base {
  readonly branch: string | undefined;
  readonly sha: string;
  readonly detached: boolean;
}

export interface LocalInspection {
  readonly git: Git;
  readonly path: string;
  readonly base: string | undefined;
  /** An empty repository of ours, to look at a working tree without the person's configuration. */
  readonly neutralGitDir: string;
  readonly signal?: AbortSignal | undefined;
}

export async function inspectLocal(inspection: LocalInspection): Promise<RepositoryInspection> {
  const { git, signal } = inspection;
  const source = await locateSource(inspection.path);
  await requireReadable(git, source, signal);
  const head = await headBranch(git, source, signal);
  const base = await findBase(inspection, source, head);
  const empty = base.sha === EMPTY_BASE_SHA;
  const changes = await uncommittedChanges(inspection, source);
  return {
    kind: 'local',
    url: source.path,
    baseBranch: base.branch,
    baseSha: base.sha,
    empty,
    dirty: changes === 'some',
    detached: base.detached,
    notes: [
      ...(empty ? ['The repository has no commits; the mission starts from an empty tree.'] : []),
      ...(base.detached
        ? [
            `HEAD is detached; the mission starts from commit ${base.sha.slice(0, 12)}, which is on no named branch.`,
          ]
        : []),
      ...(changes === 'some' ? ['There are uncommitted changes; they are not part of the mission.'] : []),
      ...(changes === 'unknown' ? ['Whether there are uncommitted changes could not be told.'] : []),
      ...(await cloneNotes(source)),
    ],
  };
}

async function requireReadable(git: Git, source: SourceRepository, signal?: AbortSignal): Promise<void> {
  const result = await git.run(source, ['rev-parse', '--show-object-format'], { signal });
  const format = result.stdout.toString('utf8').trim();
  if (result.exitCode === 0 && format === 'sha1') return;
  throw new DomainError(
    'REPOSITORY_DAMAGED',
    result.exitCode === 0
      ? `${source.path} names objects by ${format}; only SHA-1 repositories are supported.`
      : `Git cannot read ${source.path}: ${result.stderr.trim()}`,
    { path: source.path },
  );
}

async function headBranch(
  git: Git,
  source: SourceRepository,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const result = await git.run(source, ['symbolic-ref', '--quiet', 'HEAD'], { signal });
  const ref = result.stdout.toString('utf8').trim();
  return result.exitCode === 0 ? ref.replace(/^refs\/heads\//, '') : undefined;
}

async function findBase(
  inspection: LocalInspection,
  source: SourceRepository,
  head: string | undefined,
): Promise<Base> {
  const { git, base, signal } = inspection;
  const branch = base ?? head;
  if (branch === undefined) {
    const sha = await git.commitSha(source, 'HEAD', signal);
    if (sha !== undefined) return { branch: undefined, sha, detached: true };
    throw new DomainError('REPOSITORY_DAMAGED', `HEAD of ${source.path} names no commit.`, {
      path: source.path,
    });
  }
  const found = await resolveName(inspection, source, branch);
  if (found !== undefined) return found;
  const branches = await branchNames(inspection, source);
  if (branches.length === 0 && (base === undefined || base === head)) {
    return { branch, sha: EMPTY_BASE_SHA, detached: false };
  }
  throw branchNotFound(branch, branches);
}

/** A branch first, then a branch of origin, a tag, and last a commit. */
async function resolveName(
  { git, signal }: LocalInspection,
  source: SourceRepository,
  name: string,
): Promise<Base | undefined> {
  if (!isPlainName(name)) return undefined;
  for (const prefix of ['refs/heads/', 'refs/remotes/origin/', 'refs/tags/']) {
    const sha = await git.commitSha(source, `${prefix}${name}`, signal);
    if (sha !== undefined) return { branch: name, sha, detached: false };
  }
  const sha = /^[0-9a-f]{7,40}$/.test(name) ? await git.commitSha(source, name, signal) : undefined;
  return sha === undefined ? undefined : { branch: undefined, sha, detached: true };
}

/** Without the marks that make Git compute instead of look up. */
function isPlainName(name: string): boolean {
  return /^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/.test(name) && !name.includes('@{');
}

async function branchNames(
  { git, signal }: LocalInspection,
  source: SourceRepository,
): Promise<readonly string[]> {
  const format = '--format=%(refname:lstrip=2)';
  const names = await git.line(source, ['for-each-ref', format, 'refs/heads/'], { signal });
  return names.split('\n').filter((name) => name !== '');
}

export function branchNotFound(branch: string, branches: readonly string[]): DomainError {
  const nearest = nearestName(branch, branches);
  const hint =
    nearest === undefined
      ? `It has ${branches.slice(0, 10).join(', ') || 'no branches'}.`
      : `Did you mean ${nearest}?`;
  return new DomainError('BRANCH_NOT_FOUND', `The repository has no branch ${branch}. ${hint}`, {
    branch,
    ...(nearest === undefined ? {} : { nearest }),
    branches: branches.slice(0, 50),
  });
}

async function cloneNotes(source: SourceRepository): Promise<readonly string[]> {
  const shallow = await readFile(join(source.commonDir, 'shallow'), 'utf8').catch(() => '');
  return shallow.trim() === ''
    ? []
    : ['The repository is a shallow clone; older history is not available to the mission.'];
}
