import type { ChangedBy } from './change.ts';
import type { Claim } from './claim.ts';
import { overlaps } from './overlap.ts';
import { parseResource, type Resource } from './resource.ts';
import { resourceKinds } from './resource-kind.ts';
import type { Want } from './want.ts';

/** That a mission changed a part of a repository, and the commit in which the change can be seen. */
export interface LastChange {
  readonly missionId: string;
  readonly sha: string;
  readonly resource: string;
}

/** A ledger remembers so many; of a repository in which more is going on, the oldest have long been delivered. */
const maxRemembered = 256;

/**
 * What is known once a change was given back; the newest comes last. A change is forgotten when its own mission changed all
 * of it again, or two other missions did: each started from what it found there, so whoever comes next sees it in the newest
 * change that is not its own.
 */
export function afterRelease(
  known: readonly LastChange[],
  {
    missionId,
    sha,
    resources,
  }: { readonly missionId: string; readonly sha: string; readonly resources: readonly Want[] },
): readonly LastChange[] {
  const fresh = resources.filter(isWritten).map(({ resource }) => ({ missionId, sha, resource }));
  const all = [...known, ...fresh];
  const parsed = all.map(({ resource }) => parseResource(resource));
  const kept = all.filter((change, index) => {
    if (!parsed.slice(known.length).some((now) => isWithin(parsed[index], now))) return true;
    const later = all
      .slice(index + 1)
      .filter((_, after) => isWithin(parsed[index], parsed[index + 1 + after]));
    const others = new Set(later.map((other) => other.missionId));
    return !others.has(change.missionId) && others.size < 2;
  });
  return kept.slice(-maxRemembered);
}

/** The newest commit of each other mission that changed something of what a claim names, oldest change first. */
export function changedByOthers(
  changes: readonly LastChange[],
  { owner, resources }: Pick<Claim, 'owner' | 'resources'>,
): ChangedBy {
  const foreign = changes.filter(({ missionId }) => missionId !== owner.missionId);
  if (foreign.length === 0) return [];
  const wanted = resources.map(({ resource }) => parseResource(resource));
  const seen = foreign.filter(({ resource }) => {
    const changed = parseResource(resource);
    return wanted.some((one) => overlaps(one, changed));
  });
  return seen
    .filter(({ missionId }, index) => seen.findLastIndex((other) => other.missionId === missionId) === index)
    .map(({ missionId, sha }) => ({ missionId, sha }));
}

/** Only what was held alone can have been changed, and only a repository keeps changes. */
function isWritten({ resource, mode }: Want): boolean {
  return mode === 'X' && resourceKinds[parseResource(resource).kind].tree === 'repository';
}

function isWithin(inner: Resource | undefined, outer: Resource | undefined): boolean {
  if (inner === undefined || outer === undefined) return false;
  return outer.segments.length <= inner.segments.length && overlaps(inner, outer);
}
