/**
 * Compiles src of every workspace to dist: TypeScript by swc, everything else copied. Declarations are
 * tsc's (`npm run typecheck`); the two never write the same file. Only what changed is compiled, and what
 * lost its source is removed. Runs on Node 20 and later.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { swcOptions } from './swc-options.mjs';
import { filesBelow, root, workspaceFolders } from './workspaces.mjs';

/** swc knows the option; its types do not yet. @type {import('@swc/core').Options} */
const emitOptions = {
  ...swcOptions,
  jsc: Object.assign({ rewriteRelativeImportExtensions: true }, swcOptions.jsc),
  sourceMaps: true,
};

const isSource = (path) => path.endsWith('.ts') && !path.endsWith('.d.ts');
const isTest = (path) => path.endsWith('.spec.ts');
const isMissing = (error) => error.code === 'ENOENT';

/** Brings every dist up to date; resolves to what was done. Rejects naming the file that does not compile. */
export async function compile() {
  const recipe = await recipeDigest();
  const done = { compiled: 0, removed: 0 };
  for (const folder of workspaceFolders()) {
    const result = await compileWorkspace(folder, recipe);
    done.compiled += result.compiled;
    done.removed += result.removed;
  }
  return done;
}

async function compileWorkspace(folder, recipe) {
  const manifestPath = join(root, folder, 'dist', '.compiled.json');
  const known = await readManifest(manifestPath, recipe);
  const current = await fingerprints(folder);
  const stale = Object.keys(current).filter((path) => known.files[path] !== current[path]);
  const gone = Object.keys(known.files).filter((path) => current[path] === undefined);
  const orphans = known.recipe === recipe ? [] : await orphansOf(folder, current);
  if (stale.length + gone.length + orphans.length === 0) return { compiled: 0, removed: 0 };

  await Promise.all(stale.map((path) => emit(folder, path)));
  await Promise.all(
    [...gone.flatMap((path) => outputs(folder, path)), ...orphans].map((path) => rm(path, { force: true })),
  );
  await replaceFile(manifestPath, JSON.stringify({ recipe, files: current }));
  return { compiled: stale.length, removed: gone.length + orphans.length };
}

/** What an unchanged source looks like: size and time, so that nothing has to be read to find out. */
async function fingerprints(folder) {
  const paths = filesBelow(join(folder, 'src')).filter((path) => !isTest(path) && !path.endsWith('.d.ts'));
  const entries = await Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(join(root, path));
      return [relative(join(folder, 'src'), path), `${size}:${mtimeMs}`];
    }),
  );
  return Object.fromEntries(entries);
}

async function emit(folder, path) {
  const source = join(root, folder, 'src', path);
  const [target] = outputs(folder, path);
  await mkdir(dirname(target), { recursive: true });
  if (!isSource(path)) return copyFile(source, target);

  const { transformFile } = await import('@swc/core');
  const { code, map } = await transformFile(source, {
    ...emitOptions,
    sourceFileName: relative(dirname(target), source),
  }).catch((cause) => {
    throw new Error(`${join(folder, 'src', path)} does not compile.\n${cause.message}`, { cause });
  });
  await replaceFile(`${target}.map`, map);
  await replaceFile(target, `${code}//# sourceMappingURL=${target.split('/').at(-1)}.map\n`);
}

function outputs(folder, path) {
  const target = join(root, folder, 'dist', path);
  if (!isSource(path)) return [target];
  const stem = target.slice(0, -'.ts'.length);
  return ['.js', '.js.map', '.d.ts', '.d.ts.map'].map((extension) => stem + extension);
}

/** JavaScript in dist that no source stands behind, for a dist whose manifest is lost or of another recipe. */
async function orphansOf(folder, current) {
  const dist = join(root, folder, 'dist');
  const expected = new Set(Object.keys(current).flatMap((path) => outputs(folder, path)));
  const found = await readdir(dist, { recursive: true }).catch((error) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return found
    .filter((path) => /\.(js|d\.ts)(\.map)?$/.test(path) && !path.startsWith('web/'))
    .map((path) => join(dist, path))
    .filter((path) => !expected.has(path));
}

async function readManifest(path, recipe) {
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    return manifest.recipe === recipe ? manifest : { recipe: undefined, files: {} };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return { recipe: undefined, files: {} };
    throw error;
  }
}

/** A reader sees the old file or the new one, also when two compilations run at once. */
async function replaceFile(path, content) {
  const draft = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(draft, content);
  await rename(draft, path);
}

async function recipeDigest() {
  const swc = join(root, 'node_modules/@swc/core/package.json');
  const parts = [JSON.parse(await readFile(swc, 'utf8')).version, JSON.stringify(swcOptions)];
  parts.push(await readFile(new URL(import.meta.url), 'utf8'));
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { compiled, removed } = await compile();
  if (compiled + removed > 0) process.stderr.write(`compiled ${compiled} files, removed ${removed}\n`);
}
