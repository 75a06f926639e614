import { posix } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { CommittedContent, CommittedFile, GrepMatch, MissionRepository } from '@missions/workspace';
import { linePattern, pathPattern } from '../path-pattern.ts';
import type { FileView, FindLines, FindPaths, ViewedFile } from './file-view.ts';

const maxFileBytes = 10 * 1024 * 1024;
const maxLinks = 8;
/** Each file of a commit is read by Git processes of its own; more than this takes longer than a model wants to wait. */
const maxSearchedFiles = 3_000;
const readersAtOnce = 4;

type Commits = Pick<MissionRepository, 'readFile' | 'listFiles'>;

/** The files of one commit, for runs that have no sandbox session: nothing is checked out, nothing can be changed. */
export function commitFileView(repository: Commits, sha: string): FileView {
  let listed: Promise<readonly CommittedFile[]> | undefined;
  const all = (): Promise<readonly CommittedFile[]> => (listed ??= sorted(repository, sha));
  const at = { repository, sha, all };
  return {
    read: (path, signal) => readFollowingLinks(at, relativePath(path), signal),
    glob: async (request) => {
      const paths = (await candidates(at, request)).map(({ path }) => path);
      return { paths: paths.slice(0, request.limit), truncated: paths.length > request.limit };
    },
    grep: (request, signal) => searchLines(at, request, signal),
  };
}

interface CommitPlace {
  readonly repository: Commits;
  readonly sha: string;
  readonly all: () => Promise<readonly CommittedFile[]>;
}

async function sorted(repository: Commits, sha: string): Promise<readonly CommittedFile[]> {
  const files = await repository.listFiles({ sha });
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** `''` is the root. */
function relativePath(path: string): string {
  const plain = posix.relative('/workspace', posix.resolve('/workspace', path));
  if (plain !== '..' && !plain.startsWith('../')) return plain;
  throw new DomainError('FILE_OUTSIDE', `${path} lies outside the workspace.`, { path });
}

async function readFollowingLinks(at: CommitPlace, path: string, signal: AbortSignal): Promise<ViewedFile> {
  let place = path;
  for (let links = 0; links <= maxLinks; links += 1) {
    const found = await committed(at, place, signal);
    if (found.kind !== 'symlink')
      return { bytes: found.content.subarray(0, maxFileBytes), size: found.content.length };
    const target = Buffer.from(found.content).toString('utf8');
    if (target.startsWith('/'))
      throw new DomainError('FILE_OUTSIDE', `${path} lies outside the workspace.`, { path });
    place = relativePath(posix.join(posix.dirname(place), target));
  }
  throw new DomainError('FILE_REFUSED', `${path} is a link that leads in circles.`, { path, errno: 'ELOOP' });
}

async function committed(at: CommitPlace, path: string, signal: AbortSignal): Promise<CommittedContent> {
  const found =
    path === '' ? undefined : await at.repository.readFile({ sha: at.sha, path }, signal).catch(notAFile);
  if (found && found.kind !== 'submodule') return found;
  const isFolder = path === '' || (await at.all()).some((file) => file.path.startsWith(`${path}/`));
  if (isFolder)
    throw new DomainError('FILE_REFUSED', `${path || 'The root'} is a directory.`, { path, errno: 'EISDIR' });
  throw new DomainError('FILE_NOT_FOUND', `${path}: no such file.`, { path });
}

function notAFile(error: unknown): undefined {
  if (error instanceof DomainError && /NOT_FOUND|NOT_A_FILE/.test(error.code)) return undefined;
  throw error;
}

/** Files below the asked folder whose path relative to it matches, sorted. */
async function candidates(
  at: CommitPlace,
  { pattern, path }: Pick<FindPaths, 'pattern' | 'path'>,
): Promise<readonly CommittedFile[]> {
  const folder = relativePath(path ?? '.');
  const matches = pathPattern(pattern);
  return (await at.all()).filter((file) => {
    if (file.kind === 'submodule') return false;
    if (folder === '') return matches(file.path);
    return file.path.startsWith(`${folder}/`) && matches(file.path.slice(folder.length + 1));
  });
}

async function searchLines(at: CommitPlace, request: FindLines, signal: AbortSignal) {
  const expression = linePattern(request.pattern);
  const files = await filesToSearch(at, request);
  const matches: GrepMatch[] = [];
  let filesSearched = 0;
  for (let from = 0; from < Math.min(files.length, maxSearchedFiles); from += readersAtOnce) {
    signal.throwIfAborted();
    const batch = files.slice(from, from + readersAtOnce);
    const texts = await Promise.all(batch.map(({ path }) => textOf(at, path, signal)));
    for (const [index, text] of texts.entries()) {
      if (text === undefined) continue;
      filesSearched += 1;
      const path = batch[index]?.path ?? '';
      for (const [line, content] of text.split(/\r?\n/).entries())
        if (expression.matcher(content).find())
          matches.push({ path, line: line + 1, text: content.slice(0, 1_000) });
      if (matches.length > request.limit)
        return { matches: matches.slice(0, request.limit), filesSearched, truncated: true };
    }
  }
  return { matches, filesSearched, truncated: files.length > maxSearchedFiles };
}

async function filesToSearch(at: CommitPlace, request: FindLines): Promise<readonly CommittedFile[]> {
  const below = await candidates(at, { ...request, pattern: '**' });
  const single = relativePath(request.path ?? '.');
  const named = below.length > 0 ? below : (await at.all()).filter(({ path }) => path === single);
  const readable = named.filter(({ kind, bytes = 0 }) => kind !== 'symlink' && bytes <= maxFileBytes);
  if (request.glob === undefined) return readable;
  const matches = pathPattern(request.glob);
  const folder = single === '' || below.length === 0 ? '' : `${single}/`;
  return readable.filter(({ path }) => matches(path.slice(folder.length)) || matches(posix.basename(path)));
}

async function textOf(at: CommitPlace, path: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await at.repository.readFile({ sha: at.sha, path }, signal);
  if (!found || found.content.subarray(0, 8_192).includes(0)) return undefined;
  return Buffer.from(found.content)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
