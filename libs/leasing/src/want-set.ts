import { atLeast } from './mode.ts';
import { overlaps } from './overlap.ts';
import { LeasingRefusal, malformedResource } from './refusals.ts';
import { formatResource, parseResource, type Resource } from './resource.ts';
import { resourceKinds } from './resource-kind.ts';
import type { Want } from './want.ts';

interface ParsedWant {
  readonly resource: Resource;
  readonly want: Want;
}

/**
 * What a claim locks, by canonical names: sorted, without doubles and without what another part of the claim covers; units
 * of one pool are added up. All lie in one scope, since a decision is one append to one ledger.
 */
export function canonicalWants(wants: readonly Want[]): readonly Want[] {
  if (wants.length === 0)
    throw new LeasingRefusal('NO_RESOURCES', 'A claim names at least one resource.', {});
  const parsed = wants.map(parseWant);
  refuseMixedScopes(parsed);
  const named = parsed.filter(({ resource }) => resource.kind !== 'pool');
  const minimal = named.filter((one, index) => !isCovered(one, index, named)).map(({ want }) => want);
  return [...minimal, ...unitsOfPools(parsed)].sort((a, b) => byCodeUnit(a.resource, b.resource));
}

/** The ledger that decides over these resources: their first segment, reduced to what a stream name may hold. */
export function scopeOf(wants: readonly Want[]): string {
  const [first] = canonicalWants(wants);
  return first === undefined ? '' : scopeOfResource(parseResource(first.resource));
}

/** Whether everything of `narrower` is held already by `wants`, at least as strongly and in as many units. */
export function covers(wants: readonly Want[], narrower: readonly Want[]): boolean {
  const held = wants.map(parseWant);
  return narrower.map(parseWant).every((one) => held.some((other) => coveredBy(one, other)));
}

/** Whether the resource stays closed for the lock-delay after an expiry, because its effects cannot check a token. */
export function needsLockDelay({ resource }: Want): boolean {
  return !resourceKinds[parseResource(resource).kind].effectsCheckToken;
}

function parseWant({ resource: text, mode, units }: Want): ParsedWant {
  const resource = parseResource(text);
  const name = formatResource(resource);
  if (resource.kind === 'pool') {
    if (mode !== 'X') throw malformedResource(text, 'a pool is taken in units, not in a mode');
    return { resource, want: { resource: name, mode, units: units ?? 1 } };
  }
  if (units !== undefined) throw malformedResource(text, 'only a pool has units');
  return { resource, want: { resource: name, mode } };
}

function unitsOfPools(parsed: readonly ParsedWant[]): readonly Want[] {
  const units = new Map<string, number>();
  for (const { resource, want } of parsed)
    if (resource.kind === 'pool')
      units.set(want.resource, (units.get(want.resource) ?? 0) + (want.units ?? 1));
  return [...units].map(([resource, total]) => ({ resource, mode: 'X' as const, units: total }));
}

// Of two equal names for the same node (`branch:/r/main`, `path:/r/main`) the first one stays.
function isCovered(one: ParsedWant, index: number, all: readonly ParsedWant[]): boolean {
  return all.some((other, position) => {
    if (position === index || !coveredBy(one, other)) return false;
    return position < index || !coveredBy(other, one);
  });
}

function coveredBy(one: ParsedWant, other: ParsedWant): boolean {
  if (!overlaps(one.resource, other.resource)) return false;
  if (other.resource.segments.length > one.resource.segments.length) return false;
  return atLeast(other.want.mode, one.want.mode) && (other.want.units ?? 0) >= (one.want.units ?? 0);
}

function refuseMixedScopes(parsed: readonly ParsedWant[]): void {
  const scopes = [...new Set(parsed.map(({ resource }) => scopeOfResource(resource)))];
  if (scopes.length < 2) return;
  throw new LeasingRefusal(
    'MIXED_SCOPES',
    `A claim stays inside one scope; this one spans ${scopes.join(', ')}. Make one claim for each.`,
    { scopes },
  );
}

function scopeOfResource({ segments }: Resource): string {
  return scopeNamed(segments[0] ?? '');
}

/** The ledger of all resources whose name begins with this segment. */
export function scopeNamed(firstSegment: string): string {
  return firstSegment.replaceAll(/[^A-Za-z0-9_-]/gu, '_');
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
