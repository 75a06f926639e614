import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes from one tree all that another one has, so that what a command added is left. */
const [from, what] = process.argv.slice(2);
await subtract(from ?? '', what ?? '');

async function subtract(tree: string, known: string): Promise<void> {
  for (const entry of await readdir(known, { withFileTypes: true })) {
    const path = join(tree, entry.name);
    const kept = await lstat(path).catch(() => undefined);
    if (!kept) continue;
    if (!entry.isDirectory() || !kept.isDirectory()) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    await subtract(path, join(known, entry.name));
    await rmdir(path).catch(() => undefined); // Something new lies in it.
  }
}
