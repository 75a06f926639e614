import { gitEnvironment, SAFE_CONFIGURATION_ARGUMENTS } from './git-environment.ts';
import { GitFault, runGit, type GitResult } from './run-git.ts';

/** The user a repository of somebody else is touched as. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Which repository a call works on; always named, never discovered from a directory. */
export interface GitPlace {
  readonly gitDir: string;
  readonly owner?: Owner | undefined;
}

export interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array | string;
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
  readonly keepTruncated?: boolean;
  readonly protocols?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Git as this system runs it: a named repository, an empty environment, nothing a repository could configure. */
export class Git {
  constructor(
    private readonly searchPath: string,
    private readonly home: string,
  ) {}

  /** Resolves with any exit code. */
  run(place: GitPlace | undefined, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    const { env, protocols, timeoutMs, maxOutputBytes, ...rest } = options;
    const environment = gitEnvironment({
      searchPath: this.searchPath,
      home: this.home,
      ...(protocols === undefined ? {} : { protocols }),
    });
    return runGit({
      args: [...SAFE_CONFIGURATION_ARGUMENTS, ...args],
      env: { ...environment, ...(place === undefined ? {} : { GIT_DIR: place.gitDir }), ...env },
      // A directory everybody can enter and nobody can plant a repository in.
      cwd: '/',
      timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxOutputBytes: maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
      ...(place?.owner === undefined ? {} : { owner: place.owner }),
      ...rest,
    });
  }

  /** Rejects with a `GitFault` unless Git succeeded. */
  async output(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
    const result = await this.run(place, args, options);
    if (result.exitCode !== 0) throw new GitFault(args[0] ?? '', result.exitCode, result.stderr);
    return result.stdout;
  }

  async line(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.output(place, args, options)).toString('utf8').trim();
  }

  /** The commit a name stands for; `undefined` when it names none. */
  async commitSha(place: GitPlace, name: string, signal?: AbortSignal): Promise<string | undefined> {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const result = await this.run(place, args, { signal });
    return result.exitCode === 0 ? result.stdout.toString('utf8').trim() : undefined;
  }
}
