import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { ContentLimits } from '../mission-repository.ts';
import type { SecretScan } from '../secret-scan.ts';
import type { Git, GitPlace } from './git.ts';

export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** One mission's folder on this host, and what every operation on it needs. */
export interface Store extends GitPlace {
  readonly git: Git;
  readonly missionId: string;
  readonly baseSha: string;
  /** Holds the repository, the register of workspaces, and files that live for one operation. */
  readonly folder: string;
  readonly scan: SecretScan;
  readonly limits: ContentLimits;
  readonly identity: Identity;
  readonly maxBundleBytes: number;
  /** What this process knows about files it has hashed, per workspace. */
  readonly hashed: Map<string, Map<string, HashedFile>>;
}

/** A file's content hash, trusted as long as the file system says it is the same file, untouched. */
export interface HashedFile {
  readonly stamp: string;
  readonly sha: string;
}

export const repositoryFolder = (folder: string): string => join(folder, 'repository.git');
export const workspacesFolder = (folder: string): string => join(folder, 'workspaces');
export const temporaryFolder = (folder: string): string => join(folder, 'tmp');

export const branchOf = (missionId: string): string => `missions/${missionId}`;
export const branchRef = (missionId: string): string => `refs/heads/${branchOf(missionId)}`;
export const BASE_REF = 'refs/missions/base';
export const FENCE_REF = 'refs/missions/fence';
export const MADE_REFS = 'refs/missions/made';

/** An id that can stand in a path and in a ref. */
export function assertStorableId(id: string): void {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?![.]))*$/.test(id) && !/(?:\.|\.lock)$/.test(id)) return;
  throw new DomainError('INVALID_ID', `"${id}" cannot name a folder or a branch.`, { id });
}

/** Runs `use` with an index file of its own, so that no lock of a killed process can be in the way. */
export async function withIndex<T>(store: Store, use: (indexFile: string) => Promise<T>): Promise<T> {
  const indexFile = join(temporaryFolder(store.folder), `index-${randomUUID()}`);
  try {
    return await use(indexFile);
  } finally {
    await rm(indexFile, { force: true });
    await rm(`${indexFile}.lock`, { force: true });
  }
}

/** Refuses COMMIT_NOT_FOUND, and every name that is not a whole commit id. */
export async function requireCommit(store: Store, sha: string, signal?: AbortSignal): Promise<void> {
  if (/^[0-9a-f]{40}$/.test(sha) && (await store.git.commitSha(store, sha, signal)) === sha) return;
  throw commitNotFound(store, sha);
}

/** Refuses COMMIT_NOT_FOUND, as `requireCommit` does. */
export async function treeOf(store: Store, sha: string, signal?: AbortSignal): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${sha}^{tree}`];
  const result = /^[0-9a-f]{40}$/.test(sha) ? await store.git.run(store, args, { signal }) : undefined;
  if (result?.exitCode !== 0) throw commitNotFound(store, sha);
  return result.stdout.toString('utf8').trim();
}

function commitNotFound(store: Store, sha: string): DomainError {
  return new DomainError(
    'COMMIT_NOT_FOUND',
    `This host has no commit ${sha} of mission ${store.missionId}.`,
    {
      sha,
      missionId: store.missionId,
    },
  );
}
