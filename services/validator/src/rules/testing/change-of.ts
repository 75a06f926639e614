import { lineChanges } from '../line-changes.ts';
import type { Change, ChangedText } from '../change.ts';

/** A file before and after; undefined where it does not exist. */
export type Texts = readonly [before: string | undefined, after: string | undefined];

/** A change as it would be read from a repository; a file that moved is given as a pair under `old → new`. */
export function changeOf(files: Readonly<Record<string, Texts>>): Change {
  return {
    from: '0'.repeat(40),
    to: '1'.repeat(40),
    files: Object.entries(files).map(([path, texts]) => changed(path, texts)),
  };
}

function changed(name: string, [before, after]: Texts): ChangedText {
  const [old, moved] = name.split(' → ');
  const status =
    moved !== undefined
      ? 'renamed'
      : before === undefined
        ? 'added'
        : after === undefined
          ? 'deleted'
          : 'modified';
  return {
    path: moved ?? name,
    status,
    ...(moved !== undefined && old !== undefined && { previousPath: old }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after, afterBytes: Buffer.byteLength(after) }),
    ...lineChanges(before ?? '', after ?? ''),
  };
}
