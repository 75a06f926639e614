import { GitFault } from './run-git.ts';
import type { Store } from './store.ts';

/** One thing Git says about a merge: of which paths, of which type (`CONFLICT (contents)`, `Auto-merging`), in words. */
export interface MergeMessage {
  readonly paths: readonly string[];
  readonly type: string;
  readonly text: string;
}

export interface MergedTree {
  /** With conflict markers in the files that could not be merged. */
  readonly sha: string;
  readonly messages: readonly MergeMessage[];
}

const MERGE_MS = 120_000;

/**
 * Merges two commits without a working tree: no file of theirs is looked at for how to merge, no driver runs. The markers
 * of a conflict name the two commits.
 */
export async function mergeTrees(
  store: Store,
  { ours, theirs }: { readonly ours: string; readonly theirs: string },
  signal?: AbortSignal,
): Promise<MergedTree> {
  const args = [
    'merge-tree',
    '--write-tree',
    '-z',
    '--messages',
    '--allow-unrelated-histories',
    ours,
    theirs,
  ];
  const result = await store.git.run(store, args, { timeoutMs: MERGE_MS, signal });
  if (result.exitCode !== 0 && result.exitCode !== 1)
    throw new GitFault('merge-tree', result.exitCode, result.stderr);
  const [sha = '', ...fields] = result.stdout.toString('utf8').split('\0');
  return { sha, messages: messagesOf(fields.slice(fields.indexOf('') + 1)) };
}

/** Each is a count of paths, the paths, a type and a text. */
function messagesOf(fields: readonly string[]): readonly MergeMessage[] {
  const messages: MergeMessage[] = [];
  for (let at = 0; at + 1 < fields.length;) {
    const count = Number(fields[at]);
    const [type = '', text = ''] = fields.slice(at + 1 + count);
    messages.push({ paths: fields.slice(at + 1, at + 1 + count), type, text });
    at += count + 3;
  }
  return messages;
}
