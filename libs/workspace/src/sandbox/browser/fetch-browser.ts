import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchedBrowser, fetchedBrowserDir } from './browser-program.ts';
import { browserMissing } from './browser-missing.ts';

const run = promisify(execFile);
const aptLimitMs = 300_000;
const unpackLimitMs = 120_000;

/** Headless, and without what only a window needs; `chromium-common` holds its data, whose dependencies it does not need. */
const packages = ['chromium-headless-shell', 'chromium-common'];

export interface FetchOptions {
  readonly toolsDir: string;
  /** The environment of apt, with PATH and proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/**
 * Unpacks Debian's headless Chromium, and the libraries and the font that this host lacks, below the tools directory:
 * needs no root, installs nothing, starts nothing. Safe when several processes do it at once; the first to finish wins.
 * Refuses with `TOOL_MISSING` and the command to run where that cannot be done.
 */
export async function fetchBrowser(options: FetchOptions): Promise<void> {
  const { toolsDir, say } = options;
  if (!isDebian()) throw browserMissing('It can be fetched on Debian and Ubuntu only.');
  say(`Chromium is not installed: fetching the Debian package ${packages[0] ?? ''} into ${toolsDir}`);
  await mkdir(toolsDir, { recursive: true });
  const scratch = await mkdtemp(join(toolsDir, '.fetch-'));
  try {
    await download(scratch, options);
    const unpacked = join(scratch, 'unpacked');
    for (const file of (await readdir(scratch)).filter((name) => name.endsWith('.deb')))
      await run('dpkg', ['-x', join(scratch, file), unpacked], { timeout: unpackLimitMs });
    await requireRunning(unpacked);
    await publish(unpacked, fetchedBrowserDir(toolsDir));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function download(scratch: string, options: FetchOptions): Promise<void> {
  try {
    await downloadPackages(scratch, options);
  } catch (error) {
    if (process.getuid?.() !== 0) throw browserMissing(reasonOf(error), error);
    options.say('apt has no current package lists: running apt-get update');
    try {
      await apt('apt-get', ['update'], { cwd: scratch, ...options });
      await downloadPackages(scratch, options);
    } catch (again) {
      throw browserMissing(reasonOf(again), again);
    }
  }
}

async function downloadPackages(cwd: string, options: FetchOptions): Promise<void> {
  const at = { cwd, ...options };
  await apt('apt-get', ['download', ...packages, ...(await missingLibraries(at))], at);
}

/** What apt would install for the browser besides itself, by the names of the packages this host lacks. */
async function missingLibraries(at: FetchOptions & { readonly cwd: string }): Promise<readonly string[]> {
  const direct = ['--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks', '--no-replaces'];
  const depends = await apt('apt-cache', ['depends', ...direct, '--no-enhances', packages[0] ?? ''], at);
  const needed = [...depends.matchAll(/^ {2}Depends: ([^<\s]+)$/gm)].flatMap(([, name]) => name ?? []);
  const wanted = [...new Set(needed)].filter((name) => !packages.includes(name));
  const flags = ['--simulate', '--no-upgrade', '--no-install-recommends', '-o', 'Debug::NoLocking=1'];
  const plan = await apt('apt-get', [...flags, 'install', ...wanted, 'fonts-dejavu-core'], at);
  const lacking = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? []);
  // A second C library beside the host's loader would break every program.
  return lacking.filter((name) => !/^(libc6|libc-bin|debconf)(:|$)/.test(name));
}

async function apt(
  program: string,
  args: readonly string[],
  { cwd, env }: FetchOptions & { readonly cwd: string },
): Promise<string> {
  const { stdout } = await run(program, [...args], {
    ...{ cwd, timeout: aptLimitMs, env: { ...env, LC_ALL: 'C' } },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
}

/** A library that no package named would otherwise be found missing in the middle of a proof. */
async function requireRunning(unpacked: string): Promise<void> {
  const found = fetchedBrowser(unpacked);
  if (!found) throw browserMissing('The package holds no browser where it was expected.');
  const env = { LD_LIBRARY_PATH: found.libraries.join(':') };
  try {
    await run(found.program, ['--version'], { timeout: unpackLimitMs, env });
  } catch (error) {
    throw browserMissing(`What was fetched does not start: ${reasonOf(error)}`, error);
  }
}

async function publish(unpacked: string, target: string): Promise<void> {
  await run('chmod', ['-R', 'a+rX,go-w', '--', unpacked], { timeout: unpackLimitMs });
  await chmod(join(target, '..'), 0o755);
  await rename(unpacked, target).catch((error: unknown) => {
    if (!existsSync(target)) throw error;
  });
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** The last line a program said, which is why it failed. */
function reasonOf(error: unknown): string {
  const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
  return stderr.trim().split('\n').at(-1)?.slice(0, 400) ?? message.slice(0, 400);
}
