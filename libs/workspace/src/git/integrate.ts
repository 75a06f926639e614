import { DomainError } from '@missions/kernel';
import type {
  CarryRequest,
  ForeignWork,
  IntegrateRequest,
  Integration,
  MergeConflict,
} from '../integration.ts';
import { writeCommit } from './commits.ts';
import { newlyEscaping } from './merged-links.ts';
import { mergeTrees, type MergedTree } from './merge-tree.ts';
import { requireCommit, treeOf, type Store } from './store.ts';
import { shownPath } from './tree-listing.ts';

/**
 * Merges other missions' work into this one's, one commit each, by the supervisor alone. The same commits give the same
 * objects on every host: the date of a merge is that of its younger parent. A conflict is committed as Git leaves it, so
 * that the commit after it shows how it was resolved.
 */
export async function integrate(
  store: Store,
  { ours, theirs }: IntegrateRequest,
  signal?: AbortSignal,
): Promise<Integration> {
  await requireCommit(store, ours, signal);
  for (const { sha } of theirs) await requireCommit(store, sha, signal);
  let integration: Integration = { sha: ours, merged: [], conflicts: [] };
  for (const work of theirs) {
    if (await contains(store, integration.sha, work.sha, signal)) continue;
    integration = await withWork(store, integration, work, signal);
  }
  return integration;
}

async function withWork(
  store: Store,
  { sha: ours, merged, conflicts }: Integration,
  work: ForeignWork,
  signal?: AbortSignal,
): Promise<Integration> {
  const tree = await mergeTrees(store, { ours, theirs: work.sha }, signal);
  await refuseEscapingLinks(store, tree, [ours, work.sha], signal);
  const found = conflictsOf(tree, work.missionId, { [ours]: store.missionId, [work.sha]: work.missionId });
  const sha = await writeCommit(
    store,
    {
      tree: tree.sha,
      parentSha: ours,
      alsoParents: [work.sha],
      message: messageOf(store.missionId, work, found),
      at: await newestDate(store, [ours, work.sha], signal),
      identity: store.identity,
    },
    signal,
  );
  return { sha, merged: [...merged, work], conflicts: [...conflicts, ...found] };
}

/**
 * The work of a checkpoint as files on top of another commit than the one it was taken on. The commit it gives is a
 * workspace's content and never part of a history.
 */
export async function carry(
  store: Store,
  { checkpointSha, onto, missionId }: CarryRequest,
  signal?: AbortSignal,
): Promise<Integration> {
  await requireCommit(store, onto, signal);
  const parentSha = await store.git.commitSha(store, `${checkpointSha}^1`, signal);
  if (parentSha === undefined || parentSha === onto) return { sha: checkpointSha, merged: [], conflicts: [] };
  const at = await newestDate(store, [checkpointSha, onto], signal);
  // As if it had grown from where the checkpoint was taken: that is then the only common ancestor.
  const ours = await writeCommit(
    store,
    { tree: await treeOf(store, onto, signal), parentSha, message: 'Go on\n', at, identity: store.identity },
    signal,
  );
  const tree = await mergeTrees(store, { ours, theirs: checkpointSha }, signal);
  await refuseEscapingLinks(store, tree, [onto, checkpointSha], signal);
  const sha = await writeCommit(
    store,
    { tree: tree.sha, parentSha: onto, message: 'Carry on\n', at, identity: store.identity },
    signal,
  );
  const names = { [ours]: 'what is there now', [checkpointSha]: 'the work so far' };
  return { sha, merged: [], conflicts: conflictsOf(tree, missionId, names) };
}

/** Whether a commit's history holds another. */
async function contains(store: Store, sha: string, other: string, signal?: AbortSignal): Promise<boolean> {
  const result = await store.git.run(store, ['merge-base', '--is-ancestor', other, sha], { signal });
  if (result.exitCode === 0 || result.exitCode === 1) return result.exitCode === 0;
  throw new Error(`Git cannot tell whether ${sha} holds ${other}: ${result.stderr.trim()}`);
}

function conflictsOf(
  { messages }: MergedTree,
  missionId: string,
  names: Readonly<Record<string, string>>,
): readonly MergeConflict[] {
  const said = messages.flatMap(({ paths, type, text }) => {
    const kind = /^CONFLICT \((.+)\)$/.exec(type)?.[1];
    if (kind === undefined) return [];
    const detail = Object.entries(names)
      .reduce((told, [sha, name]) => told.replaceAll(sha, name), text)
      .trim();
    return paths.map((path) => ({ path, kind, detail, missionId }));
  });
  return said.filter(({ path }, index) => said.findIndex((other) => other.path === path) === index);
}

const maxNamed = 50;

function messageOf(missionId: string, work: ForeignWork, conflicts: readonly MergeConflict[]): string {
  const named = conflicts.slice(0, maxNamed).map(({ path, kind }) => `- ${JSON.stringify(path)} (${kind})`);
  const left = conflicts.length === 0 ? [] : ['Conflicts, which the next commit resolves:', ...named, ''];
  return [
    `Merge the work of ${work.missionId}`,
    '',
    ...left,
    `Mission: ${missionId}`,
    `Integrates: ${work.missionId} ${work.sha}`,
    '',
  ].join('\n');
}

async function newestDate(store: Store, shas: readonly string[], signal?: AbortSignal): Promise<string> {
  const output = await store.git.line(store, ['log', '--no-walk', '--format=%ct', ...shas, '--'], {
    signal,
  });
  const seconds = output
    .split('\n')
    .filter((line) => /^\d+$/.test(line))
    .map(Number);
  return new Date(Math.max(...seconds) * 1000).toISOString();
}

/** Two links that each stay inside may lead out together; no workspace is made of that. */
async function refuseEscapingLinks(
  store: Store,
  { sha }: MergedTree,
  parents: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const [path] = await newlyEscaping(store, { tree: sha, parents }, signal);
  if (path === undefined) return;
  throw new DomainError(
    'SYMLINK_ESCAPES',
    `Merged, the link "${shownPath(path)}" would lead out of the repository.`,
    { path: shownPath(path) },
  );
}
