import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbandoned, processMark } from './process-mark.ts';

/** A version that nothing used for so long will hardly be started again; it takes 120 MB and comes back in seconds. */
const unusedMs = 7 * 24 * 3_600_000;

/** Says that this process uses a copy of the toolchain, as long as it lives. */
export async function markToolchainUse(stateDir: string, key: string): Promise<void> {
  const uses = usesIn(stateDir);
  await mkdir(uses, { recursive: true, mode: 0o700 });
  await writeFile(join(uses, `${key}.${processMark()}`), '');
}

/**
 * Removes copies of the toolchain that no living process uses and that were prepared by none for a week, and drafts of
 * killed processes. Gives the paths it removed.
 */
export async function removeUnusedToolchains(stateDir: string, now: number): Promise<readonly string[]> {
  const toolchains = join(stateDir, 'toolchain');
  const used = await livingUses(usesIn(stateDir));
  const removed: string[] = [];
  for (const name of await readdir(toolchains).catch(() => [])) {
    const path = join(toolchains, name);
    if (used.has(name) || !(await isOld(path, now))) continue;
    // Under another name first, so that nobody ever finds half a toolchain.
    const grave = name.startsWith('draft-') ? path : join(toolchains, `draft-${randomUUID()}`);
    const moved = await rename(path, grave).then(
      () => true,
      () => false, // Another service of this host was first.
    );
    if (!moved) continue;
    await rm(grave, { recursive: true, force: true });
    removed.push(path);
  }
  return removed;
}

function usesIn(stateDir: string): string {
  return join(stateDir, 'toolchain-uses');
}

async function livingUses(uses: string): Promise<ReadonlySet<string>> {
  const names = await readdir(uses).catch(() => []);
  for (const name of names.filter(isAbandoned)) await rm(join(uses, name), { force: true });
  return new Set(names.filter((name) => !isAbandoned(name)).map((name) => name.replace(/\.[0-9a-z_]+$/, '')));
}

async function isOld(path: string, now: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && now - found.mtimeMs > unusedMs;
}
