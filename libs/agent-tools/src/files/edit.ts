import type { Tool } from '@missions/agent';
import type { SandboxSession } from '@missions/workspace';
import { z } from 'zod';
import { orFailRun } from '../sandbox-faults.ts';
import { replaceText } from './replace-text.ts';

const input = z.strictObject({
  file_path: z.string().min(1).max(4_000).describe('Relative to /workspace, or absolute.'),
  old_string: z.string().min(1).max(1_000_000).describe('Exactly as in the file, without line numbers.'),
  new_string: z.string().max(1_000_000),
  replace_all: z.boolean().optional(),
});

/** Changes a part of a file. Not repeatable: a second time the old text is gone, or worse, found elsewhere. */
export function editTool({ files }: Pick<SandboxSession, 'files'>): Tool<z.infer<typeof input>> {
  return {
    name: 'edit',
    description:
      'Replaces old_string, which must occur exactly once in the file, by new_string; with replace_all every occurrence.',
    input,
    effect: 'write',
    execute: async (wanted) => {
      const { file_path: path } = wanted;
      const { bytes, size } = await orFailRun(files.readFile(path));
      const text = size > bytes.length ? undefined : textOf(bytes);
      if (text === undefined)
        return {
          content: `${path} is binary or too large to be edited; nothing was changed.`,
          isError: true,
        };
      const replaced = replaceText({
        text,
        from: wanted.old_string,
        to: wanted.new_string,
        all: wanted.replace_all ?? false,
      });
      if ('problem' in replaced) return { content: `${path}: ${replaced.problem}`, isError: true };
      await orFailRun(files.writeFile(path, replaced.text));
      const { count, firstLine } = replaced;
      return {
        content: `Replaced ${count} ${count === 1 ? 'occurrence' : 'occurrences'} in ${path}, the first in line ${firstLine}.`,
        captured: { path, count },
      };
    },
  };
}

/** Bytes that are not UTF-8 would not survive an edit. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
