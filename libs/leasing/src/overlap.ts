import { parseResource, type Resource } from './resource.ts';
import { resourceKinds } from './resource-kind.ts';

/** Two resources overlap when they lie in one tree and one is the other or its ancestor. */
export function overlaps(a: Resource, b: Resource): boolean {
  if (resourceKinds[a.kind].tree !== resourceKinds[b.kind].tree) return false;
  const depth = Math.min(a.segments.length, b.segments.length);
  for (let level = 0; level < depth; level += 1) {
    if (a.segments[level] !== b.segments[level]) return false;
  }
  return true;
}

/** Whether any of these canonical names overlaps any of those. */
export function anyOverlap(these: readonly string[], those: readonly string[]): boolean {
  const parsed = those.map(parseResource);
  return these.some((name) => {
    const one = parseResource(name);
    return parsed.some((other) => overlaps(one, other));
  });
}
