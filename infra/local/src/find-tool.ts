import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from './config.ts';
import { SetupError } from './setup-error.ts';
import { makeDirectory, openToReaders, prepareStateDirectory, stateDirectory } from './state-directory.ts';

const run = promisify(execFile);

export type ToolName = 'nats-server' | 'bwrap';

interface ToolSource {
  readonly debianPackage: string;
  /** Where the package puts the program. */
  readonly path: string;
  readonly brew?: string;
}

const SOURCES: Readonly<Record<ToolName, ToolSource>> = {
  'nats-server': { debianPackage: 'nats-server', path: 'usr/sbin/nats-server', brew: 'nats-server' },
  bwrap: { debianPackage: 'bubblewrap', path: 'usr/bin/bwrap' },
};

export interface FindToolOptions {
  readonly stateDir?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Receives one line when something is fetched; standard error by default. */
  readonly say?: (line: string) => void;
}

/**
 * The absolute path of a system program: from PATH, else from the state directory, else, on Debian and Ubuntu, fetched
 * there as a package and unpacked (needs no root, starts no daemon). Elsewhere refuses with the command to run.
 */
export async function findTool(name: ToolName, options: FindToolOptions = {}): Promise<string> {
  const found = installedTool(name, options);
  if (found !== undefined) return found;
  const tools = toolsDirectory(options.stateDir);
  if (!hasDebianTools()) throw missingTool(name);
  prepareStateDirectory(join(tools, '..'));
  makeDirectory(tools, 0o755);
  await fetchDebianPackage(name, tools, options.say ?? sayOnStandardError);
  return join(tools, SOURCES[name].debianPackage, SOURCES[name].path);
}

/** The program when it is on PATH or was fetched before; never fetches. */
export function installedTool(name: ToolName, options: FindToolOptions = {}): string | undefined {
  const { debianPackage, path } = SOURCES[name];
  const searched = (options.environment ?? environment())['PATH'] ?? '';
  // Debian keeps daemons in sbin, which is not on the PATH of an ordinary user.
  const candidates = [...searched.split(delimiter), '/usr/local/bin', '/usr/sbin', '/usr/bin']
    .filter(isAbsolute)
    .map((directory) => join(directory, name));
  return [...candidates, join(toolsDirectory(options.stateDir), debianPackage, path)].find(isExecutable);
}

function toolsDirectory(stateDir = stateDirectory()): string {
  return join(stateDir, 'tools');
}

async function fetchDebianPackage(name: ToolName, tools: string, say: (line: string) => void): Promise<void> {
  const { debianPackage } = SOURCES[name];
  say(`${name} is not installed: fetching the Debian package ${debianPackage} into ${tools}`);
  const scratch = mkdtempSync(join(tools, '.fetch-'));
  try {
    await download(name, scratch, say);
    const archive = readdirSync(scratch).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get download ${debianPackage} left no package.`);
    await run('dpkg', ['-x', join(scratch, archive), join(scratch, 'unpacked')], { timeout: 60_000 });
    publish(join(scratch, 'unpacked'), join(tools, debianPackage));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function download(name: ToolName, directory: string, say: (line: string) => void): Promise<void> {
  const { debianPackage } = SOURCES[name];
  try {
    await aptGet(['download', debianPackage], directory);
  } catch (error) {
    if (process.getuid?.() !== 0) throw missingTool(name, error);
    say('apt has no current package lists: running apt-get update');
    try {
      await aptGet(['update'], directory);
      await aptGet(['download', debianPackage], directory);
    } catch (again) {
      throw missingTool(name, again);
    }
  }
}

async function aptGet(args: readonly string[], cwd: string): Promise<void> {
  await run('apt-get', [...args], { cwd, timeout: 120_000, env: { ...environment(), LC_ALL: 'C' } });
}

/** Two first starts may fetch at once: the first to finish wins, the other keeps that one. */
function publish(unpacked: string, target: string): void {
  openToReaders(unpacked);
  try {
    renameSync(unpacked, target);
  } catch (error) {
    if (statSync(target, { throwIfNoEntry: false }) === undefined) throw error;
  }
}

function missingTool(name: ToolName, cause?: unknown): SetupError {
  const source = SOURCES[name];
  const debian = `apt-get install ${source.debianPackage}`;
  const command =
    process.platform === 'darwin' && source.brew !== undefined ? `brew install ${source.brew}` : debian;
  return new SetupError('TOOL_MISSING', `The program ${name} is missing and could not be fetched.`, {
    remedy: hasDebianTools()
      ? `As root, run: apt-get update && ${debian}`
      : `Install it so that it is on PATH, for example: ${command}`,
    evidence: { name },
    cause,
  });
}

function hasDebianTools(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function sayOnStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
