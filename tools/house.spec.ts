import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { layers } from './layers.mjs';
import { filesBelow, root, workspaceFolders } from './workspaces.mjs';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags: readonly string[] };
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifestOf = (folder: string): Manifest => JSON.parse(read(join(folder, 'package.json'))) as Manifest;
const byName = (a: string, b: string): number => a.localeCompare(b);

const folders = workspaceFolders();
const ownFiles = [...folders, 'infra', 'bench', 'tools', 'docs'].flatMap((folder) => filesBelow(folder));
const code = [...new Set(ownFiles)].filter((path) => /\.(ts|tsx|mjs)$/.test(path));
const specs = code.filter((path) => path.endsWith('.spec.ts'));
const sources = code.filter((path) => !path.endsWith('.spec.ts'));

const drawers = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'impl', 'misc']);
const isDrawer = (part: string): boolean => {
  const stem = part.split('.')[0] ?? part;
  return stem === 'base' || stem.split('-').some((word) => drawers.has(word));
};

describe('the house', () => {
  it('keeps every source file under 300 lines', () => {
    const long = sources.filter((path) => read(path).split('\n').length > 301);
    expect(long).toEqual([]);
  });

  it('names files after what is in them, never utils, helpers, common, manager, base or impl', () => {
    expect(code.filter((path) => path.split('/').some(isDrawer))).toEqual([]);
  });

  it('writes file names in kebab-case', () => {
    const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
    expect(code.map((path) => basename(path)).filter((name) => !kebab.test(name))).toEqual([]);
  });

  it('names no path of the machine it was written on', () => {
    const texts = [...ownFiles, 'package.json', 'AGENTS.md', 'CONTRIBUTING.md', '.ci/run'];
    // A checkout right below / (say /app) has a path that a container file may well contain.
    const own = root.split('/').length > 2 ? `${root}/` : `${root}/package.json`;
    expect(texts.filter((path) => read(path).includes(own))).toEqual([]);
  });

  it('runs every test it has: none is skipped, focused or promised', () => {
    const asleep =
      /\b(x(it|test|describe)|f(it|describe))[.(`]|\b(it|test|describe)\.(skip|only|todo|failing)\b/;
    // What only root can show is skipped, and counted as skipped, for anybody else.
    const excused = /^\s*const asleep = .*$|\? (describe|it) : \1\.skip;/gm;
    // Tests of rules about tests hold such calls as text.
    const quoted = /(['"])(?:\\.|(?!\1)[^\\\n])*\1/g;
    const code = (path: string): string => read(path).replaceAll(excused, '').replaceAll(quoted, '');
    expect(specs.filter((path) => asleep.test(code(path)))).toEqual([]);
  });

  it('gives every project one known layer', () => {
    const layerTags = folders.map((folder) => ({
      folder,
      tags: manifestOf(folder).nx?.tags.filter((tag) => tag.startsWith('layer:')) ?? [],
    }));
    const known = new Set(Object.keys(layers).map((layer) => `layer:${layer}`));
    expect(layerTags.filter(({ tags }) => tags.length !== 1 || !known.has(tags[0] ?? ''))).toEqual([]);
  });

  it('says of every dependency why it is there', () => {
    const reasons = read('docs/adr/dependencies.md');
    const named = ['.', ...folders].flatMap((folder) => {
      const { dependencies, devDependencies } = manifestOf(folder);
      return Object.keys({ ...dependencies, ...devDependencies });
    });
    const foreign = [...new Set(named)].filter((name) => !name.startsWith('@missions/'));
    expect(foreign.filter((name) => !reasons.includes(`\`${name}\``)).toSorted(byName)).toEqual([]);
  });

  it('pins every foreign dependency to one exact version', () => {
    const versions = new Map<string, Set<string>>();
    for (const folder of ['.', ...folders]) {
      const { dependencies, devDependencies } = manifestOf(folder);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (name.startsWith('@missions/')) continue;
        versions.set(name, (versions.get(name) ?? new Set()).add(version));
      }
    }
    const loose = [...versions].filter(
      ([, found]) => found.size > 1 || ![...found].every((v) => /^\d/.test(v)),
    );
    expect(loose.map(([name]) => name)).toEqual([]);
  });

  it('shows every project on the map', () => {
    const map = read('AGENTS.md');
    expect(folders.filter((folder) => !map.includes(`\`${folder}\``))).toEqual([]);
  });
});
