import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const copyLimitMs = 60_000;

/** Where the driver's own libraries are seen by the browser's side. */
export const driverInside = '/opt/browser-driver';
export const playwrightEntry = 'playwright-core/index.mjs';
export const axeScript = 'axe.min.js';

/**
 * Copies playwright-core and axe-core once below the state directory: the checkout they lie in may be closed to the
 * sandbox's user. Idempotent, and safe when several services do it at once.
 */
export async function prepareDriver(stateDir: string): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const playwright = dirname(resolve('playwright-core/package.json'));
  const axe = dirname(resolve('axe-core/package.json'));
  const dir = join(stateDir, 'browser', `driver-${await versionIn(playwright)}-${await versionIn(axe)}`);
  if (existsSync(dir)) return dir;
  const parent = dirname(dir);
  await mkdir(parent, { recursive: true });
  await chmod(parent, 0o711);
  const draft = join(parent, `draft-${randomUUID()}`);
  await mkdir(draft);
  await run('cp', ['-RL', '--reflink=auto', '--', playwright, join(draft, 'playwright-core')]);
  await run('cp', ['-L', '--', join(axe, axeScript), join(draft, axeScript)]);
  await run('chmod', ['-R', 'a+rX,go-w', '--', draft]);
  await rename(draft, dir).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(dir)) throw error;
  });
  return dir;
}

async function versionIn(packageDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, [...args], { timeout: copyLimitMs });
}
