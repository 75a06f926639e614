import { posix } from 'node:path';

/** Where an agent may write, as the sandbox sees it. */
const writable = ['/workspace', '/tmp'] as const;

/** The absolute path that an agent means; relative ones count from the workspace. */
export function placeOf(path: string): string {
  return posix.resolve('/workspace', path);
}

/** By its name alone; links are followed by whoever opens it, inside the sandbox. */
export function isWritablePlace(path: string): boolean {
  const place = placeOf(path);
  if (place === '/workspace/.git' || place.startsWith('/workspace/.git/')) return false;
  return writable.some((root) => place === root || place.startsWith(`${root}/`));
}
