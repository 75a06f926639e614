import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const scriptsDir = fileURLToPath(new URL('./inside/', import.meta.url));
const copyLimitMs = 120_000;

/** The programs that sandboxed processes get besides the system's own: node, npm, and the engine's probes. */
export interface Toolchain {
  /** Host directory that the sandbox's user can read. */
  readonly dir: string;
  /** Changes with every program in it; part of the key of a dependency layer. */
  readonly key: string;
}

export interface ToolchainSources {
  /** Default: the node that runs this service. */
  readonly node?: string;
  /** npm's package directory; default: beside that node, else whatever npm the system has under /usr. */
  readonly npmDir?: string;
}

/**
 * Copies node and npm once below the state directory: the checkout they lie in may be closed to the sandbox's user.
 * Idempotent, and safe when several services of one host start at the same time.
 */
export async function prepareToolchain(stateDir: string, sources: ToolchainSources = {}): Promise<Toolchain> {
  const node = await realpath(sources.node ?? process.execPath);
  const npmDir = sources.npmDir ?? npmBeside(node);
  const scripts = await insideScripts();
  const key = await toolchainKey(node, npmDir, scripts);
  const parent = join(stateDir, 'toolchain');
  const dir = join(parent, key);
  if (existsSync(dir)) {
    // A sign of use: what nobody prepared for long is removed. Not every user of it may write it.
    await utimes(dir, new Date(), new Date()).catch(() => undefined);
    return { dir, key };
  }
  await mkdir(parent, { recursive: true, mode: 0o711 });
  await chmod(parent, 0o711);
  const draft = join(parent, `draft-${randomUUID()}`);
  await copyPrograms(draft, node, npmDir);
  await writeScripts(join(draft, 'missions'), scripts);
  await rename(draft, dir).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(dir)) throw error;
  });
  return { dir, key };
}

async function toolchainKey(
  node: string,
  npmDir: string | undefined,
  scripts: ReadonlyMap<string, string>,
): Promise<string> {
  const { stdout: version } = await promisify(execFile)(node, ['--version'], { timeout: copyLimitMs });
  const npm = npmDir === undefined ? '' : await readFile(join(npmDir, 'package.json'), 'utf8');
  const hash = createHash('sha256').update(JSON.stringify([version, npm, [...scripts]]));
  return `node-${version.trim()}-${hash.digest('hex').slice(0, 12)}`;
}

async function copyPrograms(draft: string, node: string, npmDir: string | undefined): Promise<void> {
  await mkdir(join(draft, 'bin'), { recursive: true });
  await copy(node, join(draft, 'bin', 'node'));
  if (npmDir !== undefined) {
    await mkdir(join(draft, 'lib', 'node_modules'), { recursive: true });
    await copy(npmDir, join(draft, 'lib', 'node_modules', 'npm'));
    await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(draft, 'bin', 'npm'));
    await symlink('../lib/node_modules/npm/bin/npx-cli.js', join(draft, 'bin', 'npx'));
  }
  await promisify(execFile)('chmod', ['-R', 'a+rX,go-w', '--', draft], { timeout: copyLimitMs });
}

/** `cp` shares blocks where the file system can; node's own copy of a directory does not. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-RL', '--reflink=auto', '--', from, to], { timeout: copyLimitMs });
}

/** The usual layout `bin/node` + `lib/node_modules/npm`; an npm under /usr is visible in the sandbox as it is. */
function npmBeside(node: string): string | undefined {
  const npmDir = join(dirname(dirname(node)), 'lib', 'node_modules', 'npm');
  return existsSync(npmDir) && !npmDir.startsWith('/usr/') ? npmDir : undefined;
}

/** The engine's programs that run inside, as plain JavaScript by file name. */
async function insideScripts(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(scriptsDir)).filter((name) => /(?<!\.d|\.spec)\.[jt]s$/.test(name)).sort();
  const scripts = new Map<string, string>();
  for (const name of names) {
    const source = await readFile(join(scriptsDir, name), 'utf8');
    scripts.set(
      `${name.slice(0, -extname(name).length)}.js`,
      name.endsWith('.ts') ? withoutTypes(source) : source,
    );
  }
  return scripts;
}

function withoutTypes(source: string): string {
  return stripTypeScriptTypes(source).replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'");
}

async function writeScripts(dir: string, scripts: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(join(dir, 'inside'), { recursive: true });
  await mkdir(join(dir, 'node_modules'));
  await writeFile(join(dir, 'package.json'), '{"type":"module"}\n');
  for (const [name, source] of scripts) await writeFile(join(dir, 'inside', name), source);
  const re2js = dirname(dirname(createRequire(import.meta.url).resolve('re2js')));
  await copy(re2js, join(dir, 'node_modules', 're2js'));
  await promisify(execFile)('chmod', ['-R', 'a+rX,go-w', '--', dir], { timeout: copyLimitMs });
}
