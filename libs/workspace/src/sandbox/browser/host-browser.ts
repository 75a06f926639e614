import { join } from 'node:path';
import { browserMissing } from './browser-missing.ts';
import { installedBrowser, type BrowserProgram } from './browser-program.ts';
import { fetchBrowser } from './fetch-browser.ts';

export interface HostBrowserOptions {
  readonly stateDir: string;
  /** The environment of this service: PATH is searched, and apt needs it and its proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A program that an admin names; nothing is searched or fetched then. */
  readonly configured?: string | undefined;
  /** Receives one line when something is fetched. */
  readonly say: (line: string) => void;
}

/** The browser of this host, fetched first where that is possible. Refuses with `TOOL_MISSING` and the command to run. */
export type FindBrowser = () => Promise<BrowserProgram>;

/** Looks anew until one was found, so that a browser installed later counts; several callers share one download. */
export function hostBrowser(options: HostBrowserOptions): FindBrowser {
  let finding: Promise<BrowserProgram> | undefined;
  return () => {
    finding ??= find(options).catch((error: unknown) => {
      finding = undefined;
      throw error;
    });
    return finding;
  };
}

/** The one that this host has now, without fetching. */
export function knownBrowser({
  stateDir,
  env,
  configured,
}: Omit<HostBrowserOptions, 'say'>): Promise<BrowserProgram | undefined> {
  return installedBrowser({ configured, searchPath: env['PATH'], toolsDir: toolsDirOf(stateDir) });
}

async function find(options: HostBrowserOptions): Promise<BrowserProgram> {
  const known = await knownBrowser(options);
  if (known) return known;
  const { configured, stateDir, env, say } = options;
  if (configured !== undefined) throw browserMissing(`${configured} is no program.`);
  await fetchBrowser({ toolsDir: toolsDirOf(stateDir), env, say });
  const fetched = await knownBrowser(options);
  if (!fetched) throw browserMissing('What was fetched cannot be found.');
  return fetched;
}

function toolsDirOf(stateDir: string): string {
  return join(stateDir, 'tools');
}
