import { DomainError } from '@missions/kernel';
import { EMPTY_BASE_SHA, type RepositoryInspection } from '../mission-repositories.ts';
import type { Git } from './git.ts';
import { branchNotFound } from './inspect-local.ts';

export interface RemoteAccess {
  readonly git: Git;
  readonly protocols: readonly string[];
  /** What transports need and we never inherit, such as `SSH_AUTH_SOCK`. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface RemoteInspection extends RemoteAccess {
  readonly url: string;
  readonly base: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const REMOTE_TIMEOUT_MS = 60_000;

interface Advertised {
  readonly head: string | undefined;
  readonly headBranch: string | undefined;
  readonly branches: ReadonlyMap<string, string>;
}

export async function inspectRemote(inspection: RemoteInspection): Promise<RepositoryInspection> {
  const advertised = await listRemote(inspection);
  const base = findBase(inspection, advertised);
  const empty = base.sha === EMPTY_BASE_SHA;
  return {
    kind: 'remote',
    url: inspection.url,
    baseBranch: base.branch,
    baseSha: base.sha,
    empty,
    dirty: false,
    detached: base.branch === undefined,
    notes: empty ? ['The repository has no commits; the mission starts from an empty tree.'] : [],
  };
}

function findBase({ base, url }: RemoteInspection, { head, headBranch, branches }: Advertised) {
  const branch = base ?? headBranch;
  if (branches.size === 0 && head === undefined) return { branch: branch ?? 'main', sha: EMPTY_BASE_SHA };
  if (branch !== undefined) {
    const sha = branches.get(branch);
    if (sha !== undefined) return { branch, sha };
    throw branchNotFound(branch, [...branches.keys()]);
  }
  if (head !== undefined) return { branch: undefined, sha: head };
  throw new DomainError('BRANCH_NOT_FOUND', `${url} names no default branch; name one with --base.`, { url });
}

async function listRemote(inspection: RemoteInspection): Promise<Advertised> {
  const { git, url, protocols, environment, signal } = inspection;
  const result = await git.run(undefined, ['ls-remote', '--symref', '--', url], {
    protocols,
    env: environment,
    timeoutMs: REMOTE_TIMEOUT_MS,
    maxOutputBytes: 32 * 1024 * 1024,
    signal,
  });
  if (result.exitCode !== 0) throw remoteUnreachable(url, result.stderr);
  return parseAdvertised(result.stdout.toString('utf8'));
}

export function remoteUnreachable(url: string, stderr: string): DomainError {
  const reason = stderr.trim().split('\n').slice(-3).join(' ');
  return new DomainError('REMOTE_UNREACHABLE', `${url} could not be read: ${reason}`, { url });
}

function parseAdvertised(text: string): Advertised {
  const lines = text.split('\n');
  const symbolic = lines.map((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1]).find(Boolean);
  const refs = new Map<string, string>();
  for (const line of lines) {
    const [, sha, ref] = /^([0-9a-f]{40})\t(.+)$/.exec(line) ?? [];
    if (sha !== undefined && ref !== undefined) refs.set(ref, sha);
  }
  const branches = new Map(
    [...refs]
      .filter(([ref]) => ref.startsWith('refs/heads/'))
      .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha] as const),
  );
  const head = refs.get('HEAD');
  return { head, headBranch: symbolic ?? branchAt(head, branches), branches };
}

/** For servers that do not say which branch HEAD is. */
function branchAt(head: string | undefined, branches: ReadonlyMap<string, string>): string | undefined {
  const candidates = [...branches].filter(([, sha]) => sha === head).map(([name]) => name);
  return ['main', 'master'].find((name) => candidates.includes(name)) ?? candidates[0];
}
