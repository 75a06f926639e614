import { posix } from 'node:path';
import type { CommittedFile } from '@missions/workspace';
import type { CommitFiles } from './commit-files.ts';
import { isVendored, treeOf, type Folder } from './file-tree.ts';
import { neutralLine } from './hostile-text.ts';
import { hasOutline, outlineOf } from './outline.ts';

/** Together at most 12,000 characters, some 3,000 tokens. */
const maxTreeCharacters = 7_000;
const maxOutlineCharacters = 5_000;
const maxFilesOfFolder = 60;
const maxFoldersOfFolder = 60;
const maxOutlined = 200;
const maxOutlinedFileBytes = 128 * 1024;
const maxOutlinedBytes = 4 * 1024 * 1024;
const maxNameCharacters = 100;

/** Which folders are opened, in breadth-first order, and what their files declare. */
interface Shown {
  readonly opened: ReadonlySet<Folder>;
  readonly outlines: ReadonlyMap<string, string>;
}

/**
 * What lies where in a commit: folders breadth first as far as the space goes, files with their size and what they declare at
 * top level. The same commit always gives the same text.
 */
export async function repositoryMap(files: CommitFiles): Promise<string> {
  const root = treeOf(files.all);
  if (root.fileCount === 0) return '(the repository is empty)';
  const opened = openFolders(root);
  const outlines = await outlinesOf(
    files,
    [...opened].flatMap((folder) => shownFiles(folder)),
  );
  return linesOf(root, { opened, outlines }, 0).join('\n');
}

/** A folder that does not fit is named only; smaller ones beside it may still be opened. */
function openFolders(root: Folder): ReadonlySet<Folder> {
  const opened = new Set<Folder>();
  let left = maxTreeCharacters;
  let level: readonly Folder[] = [root];
  while (level.length > 0 && left > 0) {
    const next: Folder[] = [];
    for (const folder of level) {
      const cost = linesOf(folder, nothingBelow(folder), depthOf(folder)).join('\n').length;
      if (cost > left && folder !== root) continue;
      left -= cost;
      opened.add(folder);
      next.push(...shownFolders(folder).filter((child) => !isVendored(child)));
    }
    level = next;
  }
  return opened;
}

function nothingBelow(folder: Folder): Shown {
  return { opened: new Set([folder]), outlines: new Map() };
}

function depthOf({ path }: Folder): number {
  return path === '' ? 0 : path.split('/').length;
}

async function outlinesOf(
  files: CommitFiles,
  shown: readonly CommittedFile[],
): Promise<ReadonlyMap<string, string>> {
  let bytes = 0;
  const wanted = shown
    .filter(({ path, bytes: size = 0 }) => hasOutline(path) && size <= maxOutlinedFileBytes)
    .slice(0, maxOutlined)
    .filter((file) => (bytes += file.bytes ?? 0) <= maxOutlinedBytes)
    .map(({ path }) => path);
  const contents = await files.contents(wanted);
  const outlines = new Map<string, string>();
  let left = maxOutlineCharacters;
  for (const path of wanted) {
    const outline = outlineOf(path, Buffer.from(contents.get(path) ?? '').toString('utf8')).join(', ');
    if (outline === '' || outline.length > left) continue;
    left -= outline.length;
    outlines.set(path, outline);
  }
  return outlines;
}

function linesOf(folder: Folder, shown: Shown, depth: number): readonly string[] {
  const indent = '  '.repeat(depth);
  const files = shownFiles(folder);
  const unshown = folder.files.length - files.length + folder.passedOver;
  const folders = shownFolders(folder);
  const more = folder.folders.size - folders.length;
  return [
    ...files.map((file) => `${indent}${fileLine(file, shown.outlines.get(file.path))}`),
    ...(unshown > 0 ? [`${indent}(${counted(unshown, 'more file')})`] : []),
    ...folders.flatMap((child) => [
      `${indent}${folderLine(child)}`,
      ...(shown.opened.has(child) ? linesOf(child, shown, depth + 1) : []),
    ]),
    ...(more > 0 ? [`${indent}(${counted(more, 'more folder')})`] : []),
  ];
}

function shownFiles({ files }: Folder): readonly CommittedFile[] {
  return files.slice(0, maxFilesOfFolder);
}

function shownFolders({ folders }: Folder): readonly Folder[] {
  return [...folders.values()].slice(0, maxFoldersOfFolder);
}

function fileLine({ path, kind, bytes = 0 }: CommittedFile, outline: string | undefined): string {
  const name = neutralLine(posix.basename(path), maxNameCharacters);
  if (kind === 'symlink') return `${name} (link)`;
  if (kind === 'submodule') return `${name} (submodule)`;
  return `${name} ${sizeText(bytes)}${outline === undefined ? '' : `: ${outline}`}`;
}

function folderLine(folder: Folder): string {
  const name = neutralLine(posix.basename(folder.path), maxNameCharacters);
  return `${name}/ (${counted(folder.fileCount, 'file')}, ${sizeText(folder.bytes)})`;
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${String(bytes)} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
