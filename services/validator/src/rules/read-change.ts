import type { ChangedFile, CommittedFile, MissionRepository } from '@missions/workspace';
import type { Change, ChangedText } from './change.ts';
import { lineChanges } from './line-changes.ts';

/** A larger file is looked at by its name and size only. */
const maxTextBytes = 512 * 1024;
const maxTogetherBytes = 32 * 1024 * 1024;

type Source = Pick<MissionRepository, 'diff' | 'listFiles' | 'readBlobs'>;

/** Reads what differs between two commits, with both texts of every file that is text of a readable size. */
export async function readChange(
  repository: Source,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<Change> {
  if (from === to) return { from, to, files: [] };
  const { files } = await repository.diff({ from, to, maxPatchBytes: 1 }, signal);
  const before = byPath(await repository.listFiles({ sha: from }, signal));
  const after = byPath(await repository.listFiles({ sha: to }, signal));
  const entries = files.map((file) => ({
    file,
    old: before.get(file.previousPath ?? file.path),
    now: after.get(file.path),
  }));
  const texts = await repository.readBlobs(readable(entries.flatMap(({ old, now }) => [now, old])), signal);
  return { from, to, files: entries.map((entry) => changedText(entry, texts)) };
}

function byPath(files: readonly CommittedFile[]): ReadonlyMap<string, CommittedFile> {
  return new Map(files.map((file) => [file.path, file]));
}

function readable(files: readonly (CommittedFile | undefined)[]): readonly string[] {
  const blobs: string[] = [];
  let together = 0;
  for (const file of files) {
    if (file?.bytes === undefined || file.bytes > maxTextBytes || file.kind === 'symlink') continue;
    together += file.bytes;
    if (together > maxTogetherBytes) break;
    blobs.push(file.blob);
  }
  return blobs;
}

function changedText(
  entry: {
    readonly file: ChangedFile;
    readonly old: CommittedFile | undefined;
    readonly now: CommittedFile | undefined;
  },
  texts: ReadonlyMap<string, Uint8Array>,
): ChangedText {
  const { file, old, now } = entry;
  const isText = file.additions !== undefined;
  const textOf = (at: CommittedFile | undefined): string | undefined => {
    const bytes = at && isText ? texts.get(at.blob) : undefined;
    return bytes && Buffer.from(bytes).toString('utf8');
  };
  const before = textOf(old);
  const after = textOf(now);
  return {
    path: file.path,
    status: file.status,
    ...(file.previousPath !== undefined && { previousPath: file.previousPath }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(now?.bytes !== undefined && { afterBytes: now.bytes }),
    ...lineChanges(before ?? '', after ?? ''),
  };
}
