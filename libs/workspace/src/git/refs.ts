import { join } from 'node:path';
import type { Git, GitPlace } from './git.ts';
import { GitFault } from './run-git.ts';
import { removeStaleLock } from './stale-locks.ts';
import { delay } from '@missions/kernel';

export interface RefUpdate {
  readonly ref: string;
  readonly to: string;
  /** The value the ref must have now; `undefined`: it must not exist. The same as `to`: it is only checked. */
  readonly from: string | undefined;
}

interface RefStore extends GitPlace {
  readonly git: Git;
}

const REF_TIMEOUT_MS = 10_000;
const BUSY_LIMIT_MS = 30_000;
const BUSY_POLL_MS = 50;

/**
 * Moves refs in one transaction, all or none; false when one is not where it was expected.
 * A lock that a killed process left is removed; this is for repositories of ours only.
 */
export async function updateRefs(
  store: RefStore,
  updates: readonly RefUpdate[],
  signal?: AbortSignal,
): Promise<boolean> {
  for (let waitedMs = 0; ; waitedMs += BUSY_POLL_MS) {
    const outcome = await tryUpdateRefs(store, updates, signal);
    if (outcome.kind !== 'busy') return outcome.kind === 'updated';
    if (waitedMs >= BUSY_LIMIT_MS)
      throw new GitFault('update-ref', undefined, `${outcome.lock} stays locked`);
    await removeStaleLock(outcome.lock, join(store.gitDir, 'stale-lock.guard'));
    await delay(BUSY_POLL_MS, signal);
  }
}

export type RefOutcome =
  | { readonly kind: 'updated' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'busy'; readonly lock: string };

export interface Reflog {
  readonly reason: string;
  readonly env: Readonly<Record<string, string>>;
}

/** One attempt; a lock of somebody else is an outcome, any other failure a `GitFault`. */
export async function tryUpdateRefs(
  store: RefStore,
  updates: readonly RefUpdate[],
  signal?: AbortSignal,
  reflog?: Reflog,
): Promise<RefOutcome> {
  const commands = updates.map(({ ref, to, from }) => {
    if (from === to) return `verify ${ref}\0${to}\0`;
    return from === undefined ? `create ${ref}\0${to}\0` : `update ${ref}\0${to}\0${from}\0`;
  });
  const reason = reflog === undefined ? [] : ['-m', reflog.reason];
  const result = await store.git.run(store, ['update-ref', ...reason, '--no-deref', '-z', '--stdin'], {
    stdin: ['start\0', ...commands, 'prepare\0', 'commit\0'].join(''),
    timeoutMs: REF_TIMEOUT_MS,
    ...(reflog === undefined ? {} : { env: reflog.env }),
    signal,
  });
  if (result.exitCode === 0) return { kind: 'updated' };
  const lock = /Unable to create '(.+\.lock)': File exists/.exec(result.stderr)?.[1];
  if (lock !== undefined) return { kind: 'busy', lock };
  if (
    /but expected|reference already exists|unable to resolve reference|reference is missing/.test(
      result.stderr,
    )
  ) {
    return { kind: 'moved' };
  }
  throw new GitFault('update-ref', result.exitCode, result.stderr);
}

/** Refs and what they point to; one that does not exist is missing from the map. */
export async function readRefs(
  { git, ...place }: RefStore,
  refs: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', ...refs];
  const output = await git.line(place, args, { signal });
  const found = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [sha = '', ref = ''] = line.split(' ');
    if (refs.includes(ref)) found.set(ref, sha);
  }
  return found;
}
