import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxMount } from '@missions/workspace';
import { adoptWorkspace, sandboxUser } from '@missions/workspace/sandbox';
import { configuredSandbox, type SandboxPlace } from './configured-sandbox.ts';

const limitMs = 20_000;
/** Prints every word that is neither a program of the sandbox nor a path in it; the first must be a program. */
const missing =
  'command -v "$0" >/dev/null || echo "$0"; for path in "$@"; do [ -e "$path" ] || echo "$path"; done';

/**
 * What of a command does not exist where a run of it would see it: its program, and arguments that are absolute paths.
 * Opens a real session, since what the host has says nothing of what the sandbox shows.
 */
export async function missingInSandbox(
  place: SandboxPlace,
  { command, mounts }: { readonly command: readonly string[]; readonly mounts: readonly SandboxMount[] },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [program = '', ...words] = command;
  const paths = words.filter((word) => word.startsWith('/'));
  const workspace = join(place.stateDir, `doctor-${randomUUID()}`);
  const provider = await configuredSandbox(place);
  await mkdir(workspace, { mode: 0o700 });
  try {
    await adoptWorkspace(workspace, sandboxUser(place.sandbox.uids.first).uid);
    const session = await provider.openSession({ id: 'doctor', workspace, readOnlyMounts: mounts, signal });
    try {
      const look = ['/bin/sh', '-c', missing, program, ...paths] as const;
      const { stdout } = await session.run({ command: look, timeoutMs: limitMs, signal });
      return stdout.split('\n').filter((line) => line !== '');
    } finally {
      await session.close();
    }
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
