import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import type { SandboxMount } from '../../sandbox.ts';

/** A browser of this host: its program, and what it needs of the host besides /usr. Paths are the host's. */
export interface BrowserProgram {
  readonly program: string;
  /** The directory to show where it is not below /usr, which every sandbox sees; the program lies in it. */
  readonly root: string | undefined;
  /** Folders of shared libraries and of fonts that the host itself does not have. */
  readonly libraries: readonly string[];
  readonly fonts: readonly string[];
}

/** Where the browser's own directory is seen by the browser. */
export const browserInside = '/opt/browser';

/** Programs of distributions come first by where they really lie: what PATH has may be a script that needs their /etc. */
const usualPlaces = [
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/lib/chromium/chromium',
  '/usr/lib64/chromium-browser/headless_shell',
  '/usr/lib64/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome',
];
const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

export interface BrowserSearch {
  /** What an admin said; the only place looked at where present. */
  readonly configured?: string | undefined;
  readonly searchPath?: string | undefined;
  /** Where fetched tools lie. */
  readonly toolsDir: string;
}

/** The browser that this host has or that was fetched before; never fetches. */
export async function installedBrowser(search: BrowserSearch): Promise<BrowserProgram | undefined> {
  const { configured, searchPath = '', toolsDir } = search;
  if (configured !== undefined) return configuredBrowser(configured);
  const folders = searchPath.split(delimiter).filter(isAbsolute);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...usualPlaces, ...onPath].find((place) => isProgram(place) && !isSnap(place));
  return found === undefined ? fetchedBrowser(fetchedBrowserDir(toolsDir)) : systemBrowser(found);
}

/** One that was fetched for another state directory brings its libraries with it. */
async function configuredBrowser(place: string): Promise<BrowserProgram | undefined> {
  if (!isProgram(place)) return undefined;
  const root = place.endsWith(`/${fetchedProgram}`) ? place.slice(0, -fetchedProgram.length - 1) : '';
  return (root === '' ? undefined : fetchedBrowser(root)) ?? systemBrowser(place);
}

export function fetchedBrowserDir(toolsDir: string): string {
  return join(toolsDir, 'chromium');
}

const fetchedProgram = 'usr/lib/chromium/chromium-headless-shell';

/** A tree of unpacked Debian packages. */
export function fetchedBrowser(root: string): BrowserProgram | undefined {
  const program = join(root, fetchedProgram);
  if (!isProgram(program)) return undefined;
  return {
    program,
    root,
    libraries: libraryFolders(root),
    fonts: [join(root, 'usr/share/fonts')],
  };
}

/** The architecture's folders, and those in them that libraries keep for themselves. */
function libraryFolders(root: string): readonly string[] {
  const folders = [join(root, 'usr/lib'), join(root, 'lib')].filter((folder) => existsSync(folder));
  const own = folders.flatMap((folder) =>
    foldersIn(folder).filter((place) => basename(place).includes('-linux-gnu')),
  );
  return own.flatMap((folder) => [folder, ...foldersIn(folder)]);
}

function foldersIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

async function systemBrowser(place: string): Promise<BrowserProgram> {
  const program = await realpath(place);
  const root = program.startsWith('/usr/') ? undefined : dirname(program);
  return { program, root, libraries: [], fonts: [] };
}

/** How a sandbox shows the browser to itself; nothing where /usr has it. */
export function browserMounts({ root }: BrowserProgram): readonly SandboxMount[] {
  return root === undefined ? [] : [{ host: root, inside: browserInside }];
}

/** Ubuntu's chromium is a script that hands over to a daemon, which no sandbox has. */
function isSnap(place: string): boolean {
  return (
    place.startsWith('/snap/') || (place.startsWith('/usr/bin/chromium') && existsSync('/snap/bin/chromium'))
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
