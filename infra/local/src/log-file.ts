import { copyFileSync, statSync, truncateSync } from 'node:fs';

/**
 * Cuts a log that has grown past the limit: all of it moves to `<path>.1` and the file starts anew. The writer keeps its
 * descriptor, which appends, so it goes on at the new end; a line written between copy and cut is lost.
 */
export function keepLogShort(path: string, maxBytes: number): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.size <= maxBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}
