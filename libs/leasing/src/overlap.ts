import { compatible } from './mode.ts';
import { parseResource, type Resource } from './resource.ts';
import { resourceKinds } from './resource-kind.ts';
import type { Want } from './want.ts';

/** Two resources overlap when they lie in one tree and one is the other or its ancestor. */
export function overlaps(a: Resource, b: Resource): boolean {
  if (resourceKinds[a.kind].tree !== resourceKinds[b.kind].tree) return false;
  const depth = Math.min(a.segments.length, b.segments.length);
  for (let level = 0; level < depth; level += 1) {
    if (a.segments[level] !== b.segments[level]) return false;
  }
  return true;
}

/** Whether anything of these overlaps anything of those, in whatever mode. */
export function anyOverlap(these: readonly Want[], those: readonly Want[]): boolean {
  return anyPair(these, those, () => true);
}

/**
 * Whether two owners may not hold both at once: they overlap in modes that exclude each other. Units of a pool exclude
 * nobody by themselves; whether they fit is counted over all holders.
 */
export function anyConflict(these: readonly Want[], those: readonly Want[]): boolean {
  return anyPair(these, those, (a, b) => a.units === undefined && !compatible(a.mode, b.mode));
}

/** A name always means the same, and a queue is gone through again and again: reading names was most of a decision. */
const resources = new Map<string, Resource>();
const maxRemembered = 4096;

function resourceNamed(name: string): Resource {
  const known = resources.get(name);
  if (known !== undefined) return known;
  const resource = parseResource(name);
  if (resources.size >= maxRemembered) resources.clear();
  resources.set(name, resource);
  return resource;
}

function anyPair(
  these: readonly Want[],
  those: readonly Want[],
  matter: (a: Want, b: Want) => boolean,
): boolean {
  const parsed = those.map((want) => ({ want, resource: resourceNamed(want.resource) }));
  return these.some((want) => {
    const resource = resourceNamed(want.resource);
    return parsed.some((other) => matter(want, other.want) && overlaps(resource, other.resource));
  });
}
