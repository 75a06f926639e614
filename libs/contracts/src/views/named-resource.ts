import { isRefusal } from '@missions/kernel';
import { overlaps, parseResource, type Resource } from '@missions/leasing';
import { claimedName } from '@missions/mission';

/** Anything that is about some resources. */
export type IsAbout = (resources: readonly { readonly resource: string }[]) => boolean;

/** Whether something is about what somebody names, above or below it; refuses that name as `parseResource` does. */
export function namesResource(name: string): IsAbout {
  // Plans say `env:/staging` of what missions claim by another name; programs of others may claim it by that one.
  const claimed = readResource(claimedName(name));
  return isAbout([parseResource(name), ...(claimed ? [claimed] : [])]);
}

/** Whether something is about any of these, above or below them. */
export function namesAny(names: readonly string[]): IsAbout {
  return isAbout(names.flatMap((name) => readResource(name) ?? []));
}

/** The same names come again and again, and each is read once. */
function isAbout(wanted: readonly Resource[]): IsAbout {
  const known = new Map<string, boolean>();
  const isWanted = (name: string): boolean => {
    const read = readResource(name);
    return read !== undefined && wanted.some((one) => overlaps(read, one));
  };
  return (resources) =>
    resources.some(({ resource }) => {
      const isIt = known.get(resource) ?? isWanted(resource);
      known.set(resource, isIt);
      return isIt;
    });
}

/** Undefined of a name that only a newer release can read: it overlaps nothing. */
function readResource(name: string): Resource | undefined {
  try {
    return parseResource(name);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
