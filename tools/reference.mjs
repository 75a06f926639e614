/**
 * Writes docs/reference from the schemas and tools/reference/pages. `--check` writes nothing and fails when a
 * committed page differs. Works on what is compiled (see `npm run reference`).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './workspaces.mjs';

const folder = 'docs/reference';

/** The pages whose committed text differs from what the schemas say now, with both texts. */
export async function differingPages() {
  const { referencePages } = await import('./reference/pages.mjs');
  const pages = await referencePages();
  return [...pages]
    .map(([name, expected]) => ({
      path: `${folder}/${name}`,
      expected,
      committed: read(`${folder}/${name}`),
    }))
    .filter(({ expected, committed }) => expected !== committed);
}

function read(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

async function write() {
  const differing = await differingPages();
  for (const { path, expected } of differing) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), expected);
    process.stderr.write(`wrote ${path}\n`);
  }
  if (differing.length === 0) process.stderr.write(`${folder} is up to date\n`);
}

async function check() {
  const differing = await differingPages();
  for (const { path } of differing) process.stderr.write(`${path} differs; run: npm run reference\n`);
  process.exitCode = differing.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await (process.argv.includes('--check') ? check() : write());
