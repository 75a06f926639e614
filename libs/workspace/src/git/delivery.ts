import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { delay, DomainError } from '@missions/kernel';
import type { DeliverRequest, Delivery, PublishRequest } from '../mission-repository.ts';
import { bundleInvalid, parseBundle } from './bundle-format.ts';
import type { Git } from './git.ts';
import { requireFreshToken } from './head.ts';
import { makePack, takePack } from './packs.ts';
import { readRefs, tryUpdateRefs, type RefOutcome } from './refs.ts';
import { locateSource, type SourceRepository } from './source-repository.ts';
import { branchOf, branchRef, requireCommit, type Identity, type Store } from './store.ts';

/** What a move of the branch in a person's repository needs. */
interface BranchMove {
  readonly git: Git;
  readonly source: SourceRepository;
  readonly missionId: string;
  readonly sha: string;
  readonly expected: string | undefined;
  readonly identity: Identity;
  readonly signal: AbortSignal | undefined;
}

export async function publish(
  store: Store,
  request: PublishRequest,
  signal?: AbortSignal,
): Promise<Delivery> {
  const { git, missionId, identity } = store;
  await requireCommit(store, request.sha, signal);
  await requireFreshToken(store, request.token, signal);
  const source = await locateSource(request.sourcePath);
  const move = { git, source, missionId, identity, sha: request.sha, expected: request.expected, signal };
  return moveBranch(move, async () => {
    const limits = { maxBytes: store.maxBundleBytes, signal };
    const without = await commitsThere(move, [
      store.baseSha,
      ...(request.expected ? [request.expected] : []),
    ]);
    const pack = await makePack(git, store, { to: request.sha, without }, limits);
    await takePack(git, source, pack, signal);
  });
}

/** The same from bundles, on a host that has the person's repository and no store of the mission. */
export async function deliver(
  { git, identity }: { readonly git: Git; readonly identity: Identity },
  request: DeliverRequest,
  signal?: AbortSignal,
): Promise<Delivery> {
  const { missionId, sha, expected } = request;
  const source = await locateSource(request.sourcePath);
  const move = { git, source, missionId, identity, sha, expected, signal };
  return moveBranch(move, async () => {
    for (const bundle of request.bundles) {
      const { prerequisites, pack } = parseBundle(bundle);
      const present = await commitsThere(move, prerequisites);
      const missing = prerequisites.find((prerequisite) => !present.includes(prerequisite));
      if (missing !== undefined)
        throw bundleInvalid(`it rests on commit ${missing}, which is not here`, { missing });
      await takePack(git, source, pack, signal);
    }
    if ((await git.commitSha(source, sha, signal)) !== sha)
      throw bundleInvalid(`no bundle holds commit ${sha}`, { sha });
  });
}

async function commitsThere(
  { git, source, signal }: BranchMove,
  shas: readonly string[],
): Promise<readonly string[]> {
  const found = await Promise.all(shas.map((sha) => git.commitSha(source, sha, signal)));
  return found.filter((sha) => sha !== undefined);
}

/** Objects first, then the ref by compare-and-set: a kill in between leaves nothing a person could see. */
async function moveBranch(move: BranchMove, bringObjects: () => Promise<void>): Promise<Delivery> {
  const { missionId, sha } = move;
  const branch = branchOf(missionId);
  await requireMovable(move);
  if ((await currentOf(move)) === sha) return { branch, sha, moved: false };
  await bringObjects();
  const outcome = await moveRef(move);
  if (outcome.kind === 'updated') return { branch, sha, moved: true };
  await requireMovable(move);
  throw branchMoved(move, await currentOf(move));
}

async function requireMovable(move: BranchMove): Promise<void> {
  const { missionId, sha, expected } = move;
  await refuseTakenName(move);
  const actual = await currentOf(move);
  if (actual === sha) return;
  if (actual !== expected) throw branchMoved(move, actual);
  const holder = await checkedOutAt(move.source, branchRef(missionId));
  if (holder === undefined) return;
  throw new DomainError(
    'BRANCH_CHECKED_OUT',
    `${branchOf(missionId)} is checked out in ${holder}; it stays where it is. Switch to another branch, then fetch.`,
    { branch: branchOf(missionId), checkout: holder, sha, actual },
  );
}

async function currentOf({ git, source, missionId, signal }: BranchMove): Promise<string | undefined> {
  const ref = branchRef(missionId);
  return (await readRefs({ git, ...source }, [ref], signal)).get(ref);
}

function branchMoved({ missionId, expected }: BranchMove, actual: string | undefined): DomainError {
  const branch = branchOf(missionId);
  return new DomainError(
    'BRANCH_MOVED',
    `Somebody moved ${branch}: it is at ${actual ?? 'no commit'}, the mission left it at ${expected ?? 'no commit'}.`,
    { branch, expected, actual },
  );
}

/** A branch named `missions` leaves no room for `missions/<id>`. */
async function refuseTakenName({ git, source, missionId, signal }: BranchMove): Promise<void> {
  const taken = await readRefs({ git, ...source }, ['refs/heads/missions'], signal);
  if (!taken.has('refs/heads/missions')) return;
  throw new DomainError(
    'BRANCH_NAME_TAKEN',
    `A branch named "missions" exists in ${source.path}, so ${branchOf(missionId)} cannot; rename it.`,
    { branch: 'missions' },
  );
}

/** The checkout, main or linked, whose HEAD is on the ref. */
async function checkedOutAt(source: SourceRepository, ref: string): Promise<string | undefined> {
  const linked = await readdir(join(source.commonDir, 'worktrees')).catch(() => []);
  const gitDirs = [source.commonDir, ...linked.map((name) => join(source.commonDir, 'worktrees', name))];
  for (const gitDir of gitDirs) {
    const head = await readFile(join(gitDir, 'HEAD'), 'utf8').catch(() => '');
    if (head.trim() !== `ref: ${ref}`) continue;
    if (gitDir === source.commonDir) return source.workTree ?? source.path;
    return (await readFile(join(gitDir, 'gitdir'), 'utf8').catch(() => gitDir)).trim();
  }
  return undefined;
}

const BUSY_LIMIT_MS = 5_000;
const BUSY_POLL_MS = 100;

/** Waits for a lock in a person's repository; it is never removed, since it is not ours. */
async function moveRef(move: BranchMove): Promise<RefOutcome> {
  const { git, source, missionId, sha, expected, identity, signal } = move;
  const reflog = {
    reason: `missions: ${missionId}`,
    env: { GIT_COMMITTER_NAME: identity.name, GIT_COMMITTER_EMAIL: identity.email },
  };
  const updates = [{ ref: branchRef(missionId), to: sha, from: expected }];
  for (let waitedMs = 0; ; waitedMs += BUSY_POLL_MS) {
    const outcome = await tryUpdateRefs({ git, ...source }, updates, signal, reflog);
    if (outcome.kind !== 'busy') return outcome;
    if (waitedMs >= BUSY_LIMIT_MS) {
      throw new DomainError('SOURCE_BUSY', `Another Git process holds ${outcome.lock}.`, {
        lock: outcome.lock,
      });
    }
    await delay(BUSY_POLL_MS, signal);
  }
}
