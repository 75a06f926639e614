import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const peersDirectory = fileURLToPath(new URL('../../peers', import.meta.url));

/** Installs what the bench compares against, in its own folder and only when it is missing or older than its lockfile. */
export async function installPeers(input: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}): Promise<void> {
  if (isInstalled()) return;
  input.say('installing the peers into bench/peers…');
  const { env, signal } = input;
  const npm = spawn('npm', ['ci', '--no-fund', '--no-audit'], {
    cwd: peersDirectory,
    env,
    signal,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = (await once(npm, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`npm ci in ${peersDirectory} ended with ${String(code)}.`);
}

/** npm writes what it installed beside the packages; the root entry and "resolved" aside it equals the lockfile. */
function isInstalled(): boolean {
  const written = join(peersDirectory, 'node_modules/.package-lock.json');
  if (!existsSync(written)) return false;
  const installed = versionsIn(written);
  return Object.entries(versionsIn(join(peersDirectory, 'package-lock.json'))).every(
    ([place, { version, optional }]) => optional === true || installed[place]?.version === version,
  );
}

type Versions = Readonly<
  Record<string, { readonly version?: string; readonly optional?: boolean } | undefined>
>;

function versionsIn(file: string): Readonly<Record<string, NonNullable<Versions[string]>>> {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { readonly packages: Versions };
  return Object.fromEntries(
    Object.entries(packages).flatMap(([place, found]) => (place === '' || !found ? [] : [[place, found]])),
  );
}
