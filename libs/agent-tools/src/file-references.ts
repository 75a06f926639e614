import { isRefusal } from '@missions/kernel';
import type { FileView } from './files/file-view.ts';

/** A place in a file as people write it: `src/a.ts:12` or `src/a.ts:12-20`. */
export interface FileReference {
  readonly path: string;
  /** The last line that is named. */
  readonly line: number;
}

/** More references than this in one text are not looked up. */
export const mostReferences = 40;

const reference =
  /(?<![\w@./-])((?:\.?\/)?(?:[\w@.-]+\/)+[\w@.-]+|[\w@-][\w@.-]*\.[A-Za-z][A-Za-z0-9]*):(\d{1,7})(?:-(\d{1,7}))?/g;

/** The places that a text names, each once, in order; the first of them where there are too many. */
export function referencesIn(text: string): readonly FileReference[] {
  const found = new Map<string, FileReference>();
  for (const [, path = '', from = '', to = from] of text.matchAll(reference)) {
    const line = Math.max(Number(from), Number(to));
    found.set(`${path}:${String(line)}`, { path, line });
    if (found.size === mostReferences) break;
  }
  return [...found.values()];
}

/** Those of some references that lead nowhere: no such file, or no such line in it. */
export async function missingReferences(
  files: Pick<FileView, 'read'>,
  references: readonly FileReference[],
  signal: AbortSignal,
): Promise<readonly FileReference[]> {
  const lines = new Map<string, number>();
  for (const { path } of references)
    if (!lines.has(path)) lines.set(path, await linesOf(files, path, signal));
  return references.filter(({ path, line }) => line < 1 || line > (lines.get(path) ?? 0));
}

async function linesOf(files: Pick<FileView, 'read'>, path: string, signal: AbortSignal): Promise<number> {
  try {
    const { bytes, size } = await files.read(path, signal);
    // Beyond the part that can be read nobody knows.
    if (size > bytes.length) return Number.POSITIVE_INFINITY;
    return Buffer.from(bytes)
      .toString('utf8')
      .replace(/\r?\n$/, '')
      .split('\n').length;
  } catch (error) {
    if (isRefusal(error)) return 0;
    throw error;
  }
}
