import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const TIMEOUT_MS = 20_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** A person's repository as the demo needs it, driven by a person's ordinary Git, without anybody's configuration. */
export class DemoRepository {
  constructor(
    readonly path: string,
    private readonly searchPath: string,
  ) {}

  /** Makes a repository of the files that lie there and commits them on `main`; resolves to the commit. */
  async create(): Promise<string> {
    await this.#git('init', '--quiet', '--initial-branch=main');
    await this.#git('add', '--all');
    await this.#git('commit', '--quiet', '--message', 'Start a to-do list');
    return (await this.#git('rev-parse', 'HEAD')).trim();
  }

  /** The commits of a branch that `main` does not have, newest first, each with its trailers. */
  log(branch: string): Promise<string> {
    return this.#git('log', '--no-decorate', '--format=%h %s%n%(trailers:unfold=true)', `main..${branch}`);
  }

  async #git(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('git', [...args], {
      cwd: this.path,
      env: {
        PATH: this.searchPath,
        HOME: this.path,
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'A person',
        GIT_AUTHOR_EMAIL: 'person@example.test',
        GIT_COMMITTER_NAME: 'A person',
        GIT_COMMITTER_EMAIL: 'person@example.test',
      },
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return stdout;
  }
}
