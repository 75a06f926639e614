import { posix } from 'node:path';
import type { CommittedFile } from '@missions/workspace';

/** One folder of a commit: what lies in it, and how much lies below it. */
export interface Folder {
  readonly path: string;
  readonly folders: Map<string, Folder>;
  readonly files: CommittedFile[];
  /** Files that tell a reader nothing: locks, pictures, archives. */
  passedOver: number;
  fileCount: number;
  bytes: number;
}

/** Somebody else's or made by a machine; counted, never opened. */
const vendored = new Set([
  '.venv',
  '.yarn',
  '__pycache__',
  'bower_components',
  'coverage',
  'dist',
  'node_modules',
  'third_party',
  'vendor',
]);

const lockFiles = new Set([
  'bun.lock',
  'bun.lockb',
  'go.sum',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'pnpm-lock.yaml',
]);

const opaqueEndings = new Set(
  '.7z .avif .bin .bmp .class .dll .doc .docx .dylib .eot .exe .gif .gz .ico .jar .jpeg .jpg .lock .map .mov .mp3 .mp4 .o .ogg .otf .pdf .png .pyc .so .svg .tar .tgz .ttf .wasm .wav .webm .webp .woff .woff2 .xls .xlsx .xz .zip'.split(
    ' ',
  ),
);

export function isVendored({ path }: Pick<Folder, 'path'>): boolean {
  return vendored.has(posix.basename(path));
}

function tellsNothing(path: string): boolean {
  const name = posix.basename(path);
  return (
    lockFiles.has(name) || opaqueEndings.has(posix.extname(name).toLowerCase()) || name.endsWith('.min.js')
  );
}

/** The tree of a listing; folders and files keep the listing's order. */
export function treeOf(files: readonly CommittedFile[]): Folder {
  const root = emptyFolder('');
  for (const file of files) {
    let folder = root;
    count(folder, file);
    for (const name of file.path.split('/').slice(0, -1)) {
      folder = childOf(folder, name);
      count(folder, file);
    }
    if (tellsNothing(file.path)) folder.passedOver += 1;
    else folder.files.push(file);
  }
  return root;
}

function emptyFolder(path: string): Folder {
  return { path, folders: new Map(), files: [], passedOver: 0, fileCount: 0, bytes: 0 };
}

function childOf(folder: Folder, name: string): Folder {
  const known = folder.folders.get(name);
  if (known) return known;
  const child = emptyFolder(folder.path === '' ? name : `${folder.path}/${name}`);
  folder.folders.set(name, child);
  return child;
}

function count(folder: Folder, { bytes = 0 }: CommittedFile): void {
  folder.fileCount += 1;
  folder.bytes += bytes;
}
