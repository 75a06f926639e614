import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Folders of every workspace of the root package.json, relative to the root, sorted.
 * @returns {string[]}
 */
export function workspaceFolders() {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return workspaces
    .flatMap((pattern) => (pattern.endsWith('/*') ? childrenOf(pattern.slice(0, -2)) : [pattern]))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort();
}

function childrenOf(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

/**
 * All files below `folder`, relative to the root; never enters what tools generate.
 * @param {string} folder
 * @returns {string[]}
 */
export function filesBelow(folder) {
  const generated = new Set(['node_modules', 'dist', 'out-tsc', '.nx', '.git', 'coverage']);
  /** @type {(directory: string) => string[]} */
  const walk = (directory) =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      if (generated.has(entry.name)) return [];
      const path = join(directory, entry.name);
      return entry.isDirectory() ? walk(path) : [relative(root, path)];
    });
  return existsSync(join(root, folder)) ? walk(join(root, folder)) : [];
}
