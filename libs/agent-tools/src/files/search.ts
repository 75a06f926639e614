import type { Tool } from '@missions/agent';
import type { GrepMatch, GrepResult } from '@missions/workspace';
import { z } from 'zod';
import { cutLine, head, outputLimits } from '../output-limits.ts';
import type { FileView } from './file-view.ts';

const pattern = z.string().min(1).max(1_000);
const path = z
  .string()
  .min(1)
  .max(4_000)
  .optional()
  .describe('Folder to look in; the whole workspace where absent.');

const globInput = z.strictObject({ pattern: pattern.describe('Such as src/**/*.ts'), path });

/** Finds files by the shape of their paths. */
export function globTool(files: FileView): Tool<z.infer<typeof globInput>> {
  return {
    name: 'glob',
    description:
      'Lists the files whose path matches a glob pattern (`*`, `**`, `?`, `[...]`, `{a,b}`), sorted.',
    input: globInput,
    effect: 'read',
    execute: async (wanted, { signal }) => {
      const request = { pattern: wanted.pattern, limit: outputLimits.globPaths, ...inFolder(wanted.path) };
      const { paths, truncated } = await files.glob(request, signal);
      if (paths.length === 0) return { content: 'No file matches.' };
      const note = truncated ? `\n(only the first ${paths.length}; use a narrower pattern)` : '';
      return { content: head(paths.join('\n')) + note };
    },
  };
}

const grepInput = z.strictObject({
  pattern: pattern.describe('An RE2 regular expression.'),
  path,
  glob: z.string().min(1).max(1_000).optional().describe('Only files whose path or name matches.'),
  output: z.enum(['files', 'lines', 'count']).optional().describe('`lines` where absent.'),
});

/** Finds lines by a regular expression that cannot be made to explode. */
export function grepTool(files: FileView): Tool<z.infer<typeof grepInput>> {
  return {
    name: 'grep',
    description:
      'Searches files for lines that match a regular expression (RE2: no look-around, no back-references).',
    input: grepInput,
    effect: 'read',
    execute: async (wanted, { signal }) => {
      const request = {
        pattern: wanted.pattern,
        limit: outputLimits.grepMatches,
        ...inFolder(wanted.path),
        ...(wanted.glob !== undefined && { glob: wanted.glob }),
      };
      const found = await files.grep(request, signal);
      return { content: head(shown(found, wanted.output ?? 'lines')) };
    },
  };
}

function inFolder(folder: string | undefined): { readonly path?: string } {
  return folder === undefined ? {} : { path: folder };
}

function shown(
  { matches, filesSearched, truncated }: GrepResult,
  output: 'files' | 'lines' | 'count',
): string {
  if (matches.length === 0)
    return `No line matches in ${filesSearched} files.${truncated ? ' (Not all files were searched; name a folder.)' : ''}`;
  const lines = {
    files: () => [...perFile(matches).keys()],
    lines: () => matches.map((match) => `${match.path}:${match.line}: ${cutLine(match.text)}`),
    count: () => [...perFile(matches)].map(([file, count]) => `${file}: ${count}`),
  }[output]();
  return [...lines, ...(truncated ? ['(there are more; use a narrower pattern or a folder)'] : [])].join(
    '\n',
  );
}

function perFile(matches: readonly GrepMatch[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const match of matches) counts.set(match.path, (counts.get(match.path) ?? 0) + 1);
  return counts;
}
