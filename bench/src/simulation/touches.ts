import type { Mode, Want } from '@missions/leasing';
import type { Commit } from './history.ts';

const base = 'path:/repo/main';

export function inRepository(path: string, mode: Mode): Want {
  return { resource: `${base}/${path}`, mode };
}

/** The folder of a file; of one at the top, the file itself, since nobody declares a whole repository for it. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : path;
}

/** What a plan says of a change before it is made: folders, not files. */
export function declaredTouches(changed: Commit): readonly Want[] {
  return [...new Set(changed.map(folderOf))].map((path) => inRepository(path, 'X'));
}
