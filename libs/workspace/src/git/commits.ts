import { DomainError } from '@missions/kernel';
import type {
  Checkpoint,
  CheckpointRequest,
  Commit,
  CommitRequest,
  CommitTrailers,
} from '../mission-repository.ts';
import { packBundle } from './bundles.ts';
import { changedFiles } from './diff.ts';
import { updateRefs, type RefUpdate } from './refs.ts';
import { secretFound, secretsIn } from './secrets.ts';
import { takeSnapshot } from './snapshot.ts';
import { MADE_REFS, type Identity, type Store } from './store.ts';
import { messageWithTrailers, trailersOf } from './trailers.ts';

export async function commitWorktree(
  store: Store,
  request: CommitRequest,
  signal?: AbortSignal,
): Promise<Commit> {
  const message = messageWithTrailers(request.message, request.trailers);
  const findings = secretsIn(store.scan, '(the commit message)', Buffer.from(message));
  if (findings.length > 0) throw secretFound(findings);
  const snapshot = await takeSnapshot(store, { ...request, strictness: 'refuse' }, signal);
  if (snapshot.tree === snapshot.parentTree && request.mayBeEmpty !== true) {
    throw new DomainError('NO_CHANGES', 'Nothing changed since the commit this run started from.', {
      parentSha: request.parentSha,
    });
  }
  const made = await recordCommit(store, { request, message, tree: snapshot.tree }, signal);
  const filesChanged = await changedFiles(store, { from: request.parentSha, to: made.sha }, signal);
  return { ...made, parentSha: request.parentSha, filesChanged };
}

interface ReadyCommit {
  readonly request: CommitRequest;
  readonly message: string;
  readonly tree: string;
}

/** The ref of (feature, attempt) makes closing idempotent: whoever comes second gets the first one's commit. */
async function recordCommit(
  store: Store,
  { request, message, tree }: ReadyCommit,
  signal?: AbortSignal,
): Promise<Pick<Commit, 'sha' | 'existed'>> {
  const ref = madeRef(request.trailers);
  const earlier = await readMade(store, ref, signal);
  if (earlier !== undefined) {
    if (earlier.tree === tree && earlier.parentSha === request.parentSha)
      return { sha: earlier.sha, existed: true };
    refuseStale(earlier.fence, request.trailers);
  }
  const sha = await writeCommit(
    store,
    { tree, parentSha: request.parentSha, message, at: request.authoredAt, identity: store.identity },
    signal,
  );
  const updated = await updateRefs(store, [{ ref, to: sha, from: earlier?.sha } satisfies RefUpdate], signal);
  if (updated) return { sha, existed: false };
  return recordCommit(store, { request, message, tree }, signal);
}

function madeRef({ feature, attempt }: CommitTrailers): string {
  const name = /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(feature)
    ? feature
    : `x${Buffer.from(feature).toString('hex')}`;
  return `${MADE_REFS}/${name}/${attempt}`;
}

function refuseStale(fence: number, { fence: token, run }: CommitTrailers): void {
  if (fence <= token) return;
  throw new DomainError('STALE_TOKEN', `Run ${run} was taken over; its commit was discarded.`, {
    token,
    current: fence,
  });
}

async function readMade(store: Store, ref: string, signal?: AbortSignal) {
  const sha = await store.git.commitSha(store, ref, signal);
  if (sha === undefined) return undefined;
  const args = ['log', '-1', '-z', '--format=%T%n%P%n%B', sha, '--'];
  const [tree, parentSha, ...message] = (await store.git.line(store, args, { signal }))
    .replace(/\0$/, '')
    .split('\n');
  return { sha, tree, parentSha, fence: trailersOf(message.join('\n'))?.fence ?? 0 };
}

export interface CommitObject {
  readonly tree: string;
  readonly parentSha: string | undefined;
  /** Of a merge. */
  readonly alsoParents?: readonly string[];
  readonly message: string;
  /** ISO instant, for author and committer: no clock is read. */
  readonly at: string;
  readonly identity: Identity;
}

export function writeCommit(store: Store, commit: CommitObject, signal?: AbortSignal): Promise<string> {
  const seconds = Math.floor(Date.parse(commit.at) / 1000);
  if (!Number.isFinite(seconds)) throw new Error(`"${commit.at}" is no instant.`);
  const { name, email } = commit.identity;
  const parents = [commit.parentSha, ...(commit.alsoParents ?? [])].flatMap((sha) =>
    sha === undefined ? [] : ['-p', sha],
  );
  return store.git.line(store, ['commit-tree', commit.tree, ...parents], {
    stdin: commit.message,
    env: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: `@${seconds} +0000`,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: `@${seconds} +0000`,
    },
    signal,
  });
}

export async function takeCheckpoint(
  store: Store,
  request: CheckpointRequest,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const { tree, omitted } = await takeSnapshot(store, { ...request, strictness: 'omit' }, signal);
  const message = `Checkpoint of ${request.runId} at turn ${request.turn}\n`;
  const { parentSha, at, bundleFrom = parentSha } = request;
  const sha = await writeCommit(store, { tree, parentSha, message, at, identity: store.identity }, signal);
  return { sha, bundle: await packBundle(store, { from: bundleFrom, to: sha }, signal), omitted };
}
