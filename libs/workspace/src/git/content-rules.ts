import { DirectoryBeneath, enterFolder } from './directory-beneath.ts';
import { readObjects } from './objects.ts';
import { secretFound, secretsIn } from './secrets.ts';
import type { Store } from './store.ts';
import { shownPath, type TreeListing } from './tree-listing.ts';
import { escapingLinks, unsafePath, type Problem } from './tree-rules.ts';
import type { WorkFile } from './worktree-reader.ts';

export interface Content {
  readonly store: Store;
  readonly directory: string;
  readonly parent: TreeListing;
  readonly untracked: readonly string[];
  readonly files: ReadonlyMap<string, WorkFile>;
  readonly signal: AbortSignal | undefined;
}

/** Everything that is wrong with what a run would add; what the parent had already is the person's own. */
export async function problemsOf(content: Content): Promise<readonly Problem[]> {
  return [
    ...namesOf(content),
    ...nestedRepositories(content),
    ...(await changedSubmodules(content)),
    ...(await linksLeaving(content)),
    ...secretsOf(content),
  ];
}

function namesOf({ files, parent }: Content): readonly Problem[] {
  return [...files.keys()].flatMap((path) => (parent.has(path) ? [] : (unsafePath(path) ?? [])));
}

function nestedRepositories({ untracked, parent }: Content): readonly Problem[] {
  return untracked
    .filter((path) => path.endsWith('/') && parent.get(path.slice(0, -1))?.mode !== '160000')
    .map((path) => ({
      code: 'NESTED_REPOSITORY',
      path: path.slice(0, -1),
      message: `"${shownPath(path)}" is a Git repository of its own; remove its .git, or ignore it.`,
    }));
}

/** A submodule stays as it is in the parent; work inside it would be lost silently. */
async function changedSubmodules({ directory, parent }: Content): Promise<readonly Problem[]> {
  const submodules = [...parent].filter(([, { mode }]) => mode === '160000').map(([path]) => path);
  if (submodules.length === 0) return [];
  const root = await DirectoryBeneath.root(directory);
  const problems: Problem[] = [];
  try {
    for (const path of submodules) {
      if (await isUntouched(root, path)) continue;
      const message = `"${shownPath(path)}" is a submodule; a mission cannot change what is in it.`;
      problems.push({ code: 'SUBMODULE_CHANGED', path, message });
    }
  } finally {
    await root.close();
  }
  return problems;
}

/** An empty directory, as it was laid out, or nothing at all. */
async function isUntouched(root: DirectoryBeneath, path: string): Promise<boolean> {
  const slash = path.lastIndexOf('/');
  const above = await enterFolder(root, slash < 0 ? '' : path.slice(0, slash));
  if (above === undefined) return true;
  try {
    const name = path.slice(slash + 1);
    if (above.stat(name) === undefined) return true;
    const inside = await above.enter(name);
    if (inside === undefined) return false;
    const untouched = await inside.isEmpty();
    await inside.close();
    return untouched;
  } finally {
    if (above !== root) await above.close();
  }
}

async function linksLeaving(content: Content): Promise<readonly Problem[]> {
  const { files, parent } = content;
  const links = new Map<string, string>();
  for (const [path, { target }] of files) if (target !== undefined) links.set(path, target);
  const leaving = escapingLinks(links);
  if (leaving.length === 0) return [];
  const before = new Set(escapingLinks(await parentLinks(content)));
  return leaving
    .filter((path) => !(before.has(path) && parent.get(path)?.sha === files.get(path)?.sha))
    .map((path) => ({
      code: 'SYMLINK_ESCAPES',
      path,
      message: `The link "${shownPath(path)}" leads out of the repository.`,
      evidence: { target: shownPath(links.get(path) ?? '') },
    }));
}

async function parentLinks({ store, parent, signal }: Content): Promise<ReadonlyMap<string, string>> {
  const links = [...parent].filter(([, { mode }]) => mode === '120000');
  const shas = [...new Set(links.map(([, { sha }]) => sha))];
  const targets = new Map(
    (await readObjects(store.git, store, shas, signal)).map(({ sha, content }) => [
      sha,
      content.toString('latin1'),
    ]),
  );
  return new Map(links.map(([path, { sha }]) => [path, targets.get(sha) ?? '']));
}

function secretsOf({ files, store }: Content): readonly Problem[] {
  return [...files].flatMap(([path, { content }]) => {
    if (content === undefined) return [];
    const findings = secretsIn(store.scan, shownPath(path), content);
    if (findings.length === 0) return [];
    const { code, message, evidence } = secretFound(findings);
    return [{ code, path, message, evidence }];
  });
}
