import type { Mode } from '../mode.ts';
import type { Want } from '../want.ts';

/** Resources wanted alone, as cases write them. */
export function alone(...resources: readonly string[]): readonly Want[] {
  return wanted('X', ...resources);
}

export function wanted(mode: Mode, ...resources: readonly string[]): readonly Want[] {
  return resources.map((resource) => ({ resource, mode }));
}

export function units(resource: string, count: number): Want {
  return { resource, mode: 'X', units: count };
}
