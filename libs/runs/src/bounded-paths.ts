/** Beyond so many paths of a run its negotiator goes by directories. */
export const mostTouched = 200;

/** The same paths, or the directories they lie in where they are too many to be told with every renewal. */
export function boundedPaths(paths: readonly string[]): readonly string[] {
  let told = [...new Set(paths)].sort();
  while (told.length > mostTouched) {
    const deepest = Math.max(...told.map(depth));
    if (deepest === 1) return ['.'];
    told = [...new Set(told.map((path) => (depth(path) === deepest ? parentOf(path) : path)))].sort();
  }
  return told;
}

function depth(path: string): number {
  return path.split('/').length;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
