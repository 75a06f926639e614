import { mergeTrees } from './merge-tree.ts';
import { GitFault } from './run-git.ts';
import { treeOf, type Store } from './store.ts';

/** The exit code of a Git that does not know an option. */
const USAGE = 129;

/** A run of commits: all that `to` holds and none of `without` does. */
export interface Stretch {
  readonly to: string;
  readonly without: readonly string[];
}

/**
 * What a mission made itself in a range of its commits, which is its line of first parents: a second parent is work of
 * others, or a newer base. A merge counts for itself only where it is not what Git makes of its parents.
 */
export async function ownWork(
  store: Store,
  range: { readonly from: string; readonly to: string },
  signal?: AbortSignal,
): Promise<readonly Stretch[]> {
  const stretches: Stretch[] = [];
  let { to } = range;
  for (const { sha, parents } of await mergesIn(store, range, signal)) {
    const isMerelyMerged = await isMadeByGit(store, { sha, parents }, signal);
    stretches.push({ to, without: isMerelyMerged ? [sha] : parents });
    to = parents[0];
  }
  return [...stretches, { to, without: [range.from] }];
}

interface Merge {
  readonly sha: string;
  readonly parents: readonly [string, string, ...string[]];
}

/** Newest first. */
async function mergesIn(
  store: Store,
  { from, to }: { readonly from: string; readonly to: string },
  signal?: AbortSignal,
): Promise<readonly Merge[]> {
  const args = ['rev-list', '--first-parent', '--merges', '--parents', '--end-of-options', to, `^${from}`];
  const output = await store.git.line(store, args, { signal });
  return output.split('\n').flatMap((line) => {
    const [sha, ours, theirs, ...more] = line.split(' ');
    if (sha === undefined || ours === undefined || theirs === undefined) return [];
    return [{ sha, parents: [ours, theirs, ...more] as const }];
  });
}

/**
 * The supervisor's merges are, with the markers of a conflict: whatever else is in one came from elsewhere. A Git before 2.38,
 * as a person may have it, cannot tell; then nothing is taken for one.
 */
async function isMadeByGit(
  store: Store,
  { sha, parents: [ours, theirs, ...more] }: Merge,
  signal?: AbortSignal,
): Promise<boolean> {
  if (more.length > 0) return false;
  try {
    const merged = await mergeTrees(store, { ours, theirs }, signal);
    return merged.sha === (await treeOf(store, sha, signal));
  } catch (error) {
    if (error instanceof GitFault && error.exitCode === USAGE) return false;
    throw error;
  }
}
