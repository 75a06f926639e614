import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { environment } from './config.ts';
import { SetupError } from './setup-error.ts';

export interface StateDirectoryInput {
  /** The value of `--state`. */
  readonly flag?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly uid?: number | undefined;
  readonly home?: string;
}

/**
 * Where everything of this machine's stack lies, outside any checkout: `--state`, else `MISSIONS_STATE`, else
 * `/var/lib/missions` for root, else `$XDG_STATE_HOME/missions`. Always absolute; creates nothing.
 */
export function stateDirectory(input: StateDirectoryInput = {}): string {
  const variables = input.environment ?? environment();
  const chosen = input.flag ?? nonEmpty(variables['MISSIONS_STATE']);
  if (chosen !== undefined) return resolve(chosen);
  if ((input.uid ?? process.getuid?.()) === 0) return '/var/lib/missions';
  const xdg = variables['XDG_STATE_HOME'];
  const home = input.home ?? homedir();
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.local/state'), 'missions');
}

/** Creates the state directory itself: passable by the uids of its children, listable by its owner only. */
export function prepareStateDirectory(path: string): void {
  makeDirectory(path, 0o711);
}

/** Makes a directory with exactly this mode whatever the umask; an existing one gets the mode too. */
export function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { recursive: true, mode });
    if ((statSync(path).mode & 0o7777) !== mode) chmodSync(path, mode);
  } catch (error) {
    throw new SetupError('STATE_NOT_WRITABLE', `Cannot prepare the directory ${path}.`, {
      remedy: 'Choose another one with --state DIR (or MISSIONS_STATE).',
      evidence: { path },
      cause: error,
    });
  }
}

/** Lets every user read a tree of programs, and run what is runnable, whatever umask it was written under. */
export function openToReaders(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  const runnable = stat.isDirectory() || (stat.mode & 0o100) !== 0;
  chmodSync(path, stat.mode | 0o444 | (runnable ? 0o111 : 0));
  if (!stat.isDirectory()) return;
  for (const name of readdirSync(path)) openToReaders(join(path, name));
}

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** The first directory on the way to `path` (itself included) that this user may not pass; undefined when all are open. */
export function blockingDirectory(path: string, user: UserIds): string | undefined {
  if (user.uid === 0) return undefined;
  return ancestorsOf(path).find((directory) => !maySearch(directory, user));
}

/** Refuses with the directory that is in the way of a uid and what to do about it. */
export function assertReachable(path: string, user: UserIds): void {
  const blocking = blockingDirectory(path, user);
  if (blocking === undefined) return;
  throw new SetupError(
    'STATE_NOT_REACHABLE',
    `${path} is out of reach of uid ${String(user.uid)}: ${blocking} is private.`,
    {
      remedy: `Allow passing through it (chmod o+x ${blocking}) or choose another place with --state DIR.`,
      evidence: { path, blocking, uid: user.uid },
    },
  );
}

function ancestorsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestorsOf(parent), path];
}

function maySearch(directory: string, user: UserIds): boolean {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  if (stat.uid === user.uid) return (stat.mode & 0o100) !== 0;
  if (stat.gid === user.gid) return (stat.mode & 0o010) !== 0;
  return (stat.mode & 0o001) !== 0;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
