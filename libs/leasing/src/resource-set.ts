import { overlaps } from './overlap.ts';
import { LeasingRefusal } from './refusals.ts';
import { formatResource, parseResource, type Resource } from './resource.ts';
import { resourceKinds } from './resource-kind.ts';

/**
 * The canonical names of what a claim locks: parsed, sorted, without doubles and without what another name already
 * covers. All lie in one scope, since a decision is one append to one ledger.
 */
export function canonicalResources(texts: readonly string[]): readonly string[] {
  if (texts.length === 0)
    throw new LeasingRefusal('NO_RESOURCES', 'A claim names at least one resource.', {});
  const resources = texts.map(parseResource);
  refuseMixedScopes(resources);
  const minimal = resources.filter((one, index) => !isCovered(one, index, resources));
  return minimal.map(formatResource).sort(byCodeUnit);
}

/** The ledger that decides over these resources: their first segment, reduced to what a stream name may hold. */
export function scopeOf(texts: readonly string[]): string {
  const [first] = canonicalResources(texts).map(parseResource);
  return first === undefined ? '' : scopeOfResource(first);
}

// Of two names for the same node (`branch:/r/main`, `path:/r/main`) the first one stays.
function isCovered(one: Resource, index: number, all: readonly Resource[]): boolean {
  return all.some((other, position) => {
    if (position === index || !overlaps(other, one)) return false;
    if (other.segments.length === one.segments.length) return position < index;
    return other.segments.length < one.segments.length;
  });
}

function refuseMixedScopes(resources: readonly Resource[]): void {
  const scopes = [...new Set(resources.map(scopeOfResource))];
  if (scopes.length < 2) return;
  throw new LeasingRefusal(
    'MIXED_SCOPES',
    `A claim stays inside one scope; this one spans ${scopes.join(', ')}. Make one claim for each.`,
    { scopes },
  );
}

function scopeOfResource({ segments }: Resource): string {
  return (segments[0] ?? '').replaceAll(/[^A-Za-z0-9_-]/gu, '_');
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether the resource stays closed for the lock-delay after an expiry, because its effects cannot check a token. */
export function needsLockDelay(name: string): boolean {
  return !resourceKinds[parseResource(name).kind].effectsCheckToken;
}
