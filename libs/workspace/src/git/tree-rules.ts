import { shownPath } from './tree-listing.ts';

/** Why a path may not be committed; `code` is the code of the refusal. */
export interface Problem {
  readonly code: string;
  /** One character per byte. */
  readonly path: string;
  readonly message: string;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

// Characters that HFS+ ignores in names, so that ".g\u200cit" is ".git" there.
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** A name that some file system takes for `.git`, or that Git could not have written. */
export function unsafePath(path: string): Problem | undefined {
  const bad = shownPath(path)
    .split('/')
    .find((name) => isDotGit(name) || name === '' || name === '.' || name === '..');
  if (bad === undefined) return undefined;
  return {
    code: 'UNSAFE_PATH',
    path,
    message: `"${shownPath(path)}" has a part that Git keeps for itself; rename it.`,
  };
}

function isDotGit(name: string): boolean {
  const plain = name.replace(IGNORED_BY_HFS, '').toLowerCase();
  return /^(?:\.git|git~1)(?:[ .]*)(?::.*)?$/.test(plain);
}

const MAX_LINKS = 40;

/**
 * The links among `links` (path to target) that lead out of the tree, each step resolved as a file system would:
 * a target may pass through other links, so looking at its text is not enough.
 */
export function escapingLinks(links: ReadonlyMap<string, string>): readonly string[] {
  return [...links.keys()].filter((path) => leavesTree(path, links));
}

function leavesTree(path: string, links: ReadonlyMap<string, string>): boolean {
  const place: string[] = [];
  const ahead = path.split('/').reverse();
  let followed = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (place.pop() === undefined) return true;
      continue;
    }
    const target = links.get([...place, part].join('/'));
    if (target === undefined) {
      place.push(part);
      continue;
    }
    followed += 1;
    if (target.startsWith('/')) return true;
    // A cycle resolves to nothing at all.
    if (followed > MAX_LINKS) return false;
    ahead.push(...target.split('/').reverse());
  }
  return false;
}
