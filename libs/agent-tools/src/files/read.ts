import type { Tool } from '@missions/agent';
import { z } from 'zod';
import { cutLine, outputLimits } from '../output-limits.ts';
import type { FileView } from './file-view.ts';

const input = z.strictObject({
  file_path: z.string().min(1).max(4_000).describe('Relative to /workspace, or absolute.'),
  offset: z.int().min(1).optional().describe('First line to read, counted from 1.'),
  limit: z.int().min(1).max(outputLimits.readLines).optional().describe('Number of lines.'),
});

type ReadInput = z.infer<typeof input>;

/** Shows lines of a text file with their numbers. */
export function readTool(files: FileView): Tool<ReadInput> {
  return {
    name: 'read',
    description: `Reads a text file; each line is shown as its number, a tab, and the line. Without a range: the first ${outputLimits.readLines} lines.`,
    input,
    effect: 'read',
    execute: async (wanted, { signal }) => {
      const { bytes, size } = await files.read(wanted.file_path, signal);
      if (bytes.subarray(0, 8_192).includes(0))
        return { content: `${wanted.file_path} is a binary file of ${size} bytes.` };
      return { content: numbered(Buffer.from(bytes).toString('utf8'), wanted, size > bytes.length) };
    },
  };
}

function numbered(text: string, wanted: ReadInput, cut: boolean): string {
  if (text === '') return '(the file is empty)';
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const first = wanted.offset ?? 1;
  if (first > lines.length) return `(the file has ${lines.length} lines; there is no line ${first})`;
  const last = Math.min(lines.length, first - 1 + (wanted.limit ?? outputLimits.readLines));
  const shown: string[] = [];
  let characters = 0;
  for (const [index, line] of lines.slice(first - 1, last).entries()) {
    const entry = `${first + index}\t${cutLine(line)}`;
    characters += entry.length + 1;
    if (characters > outputLimits.resultCharacters && shown.length > 0) break;
    shown.push(entry);
  }
  const next = first + shown.length;
  const rest = lines.length - next + 1;
  const note = cut ? ' and more beyond the largest part that can be read' : '';
  if (rest === 0 && !cut) return shown.join('\n');
  return `${shown.join('\n')}\n(${rest} more lines${note}; go on with offset ${next})`;
}
