import { readObjects } from './objects.ts';
import type { Store } from './store.ts';
import { listTree } from './tree-listing.ts';
import { escapingLinks } from './tree-rules.ts';

/** Links of a tree that lead out of it, and did in none of the commits it was made of. */
export async function newlyEscaping(
  store: Store,
  { tree, parents }: { readonly tree: string; readonly parents: readonly string[] },
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const escaping = await escapingIn(store, tree, signal);
  if (escaping.length === 0) return [];
  const before = new Set<string>();
  for (const parent of parents) for (const path of await escapingIn(store, parent, signal)) before.add(path);
  return escaping.filter((path) => !before.has(path));
}

async function escapingIn(store: Store, tree: string, signal?: AbortSignal): Promise<readonly string[]> {
  const listing = await listTree(store.git, store, tree, { signal });
  const links = [...listing].filter(([, { mode }]) => mode === '120000');
  const shas = [...new Set(links.map(([, { sha }]) => sha))];
  const objects = await readObjects(store.git, store, shas, signal);
  const targets = new Map(objects.map(({ sha, content }) => [sha, content.toString('latin1')]));
  return escapingLinks(new Map(links.map(([path, { sha }]) => [path, targets.get(sha) ?? ''])));
}
