/** Settings as nested plain objects, before they are checked. */
export interface SettingTree {
  readonly [key: string]: unknown;
}

export type SettingPath = readonly string[];

export function isTree(value: unknown): value is SettingTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The paths of everything that is not a tree itself; an empty tree says nothing. */
export function leaves(tree: SettingTree, prefix: SettingPath = []): readonly SettingPath[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? leaves(value, [...prefix, key]) : [[...prefix, key]],
  );
}

/** Trees are merged key by key, everything else of `over` replaces what `under` says. */
export function merged(under: SettingTree, over: SettingTree): SettingTree {
  const result = new Map<string, unknown>(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = result.get(key);
    result.set(key, isTree(below) && isTree(value) ? merged(below, value) : value);
  }
  return Object.fromEntries(result);
}

export function treeOf([first, ...rest]: SettingPath, value: unknown): SettingTree {
  if (first === undefined) return isTree(value) ? value : {};
  return { [first]: rest.length === 0 ? value : treeOf(rest, value) };
}

export function valueAt(tree: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), tree);
}
