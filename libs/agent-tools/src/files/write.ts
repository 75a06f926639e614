import type { Tool } from '@missions/agent';
import type { SandboxSession } from '@missions/workspace';
import { z } from 'zod';
import { orFailRun } from '../sandbox-faults.ts';

const input = z.strictObject({
  file_path: z.string().min(1).max(4_000).describe('Relative to /workspace, or absolute.'),
  content: z.string().max(5_000_000),
});

/** Replaces a whole file; the same call twice leaves the same file, so it may be repeated after a crash. */
export function writeTool({ files }: Pick<SandboxSession, 'files'>): Tool<z.infer<typeof input>> {
  return {
    name: 'write',
    description:
      'Writes a whole file, making missing folders. An existing file is replaced; use edit to change a part.',
    input,
    effect: 'write',
    repeatable: true,
    execute: async ({ file_path, content }) => {
      await orFailRun(files.writeFile(file_path, content));
      const bytes = Buffer.byteLength(content);
      return { content: `Wrote ${bytes} bytes to ${file_path}.`, captured: { path: file_path, bytes } };
    },
  };
}
