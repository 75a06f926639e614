import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.test',
  GIT_AUTHOR_DATE: '@1700000000 +0000',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.test',
  GIT_COMMITTER_DATE: '@1700000000 +0000',
};

/** A person's own repository, driven by ordinary Git, for tests that need one to be real. */
export class PersonRepository {
  constructor(readonly path: string) {}

  static create(path: string): PersonRepository {
    mkdirSync(path, { recursive: true });
    const repository = new PersonRepository(path);
    repository.git('init', '--quiet', '--initial-branch=main');
    return repository;
  }

  /** Runs Git as the person would; returns its trimmed output, throws when it fails. */
  git(...args: readonly string[]): string {
    return execFileSync('git', [...args], {
      cwd: this.path,
      env: { ...ENVIRONMENT, HOME: this.path },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), content);
  }

  /** Commits everything in the checkout; returns the commit. */
  commit(message: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** A digest of all a mission must never touch: checkout, index, HEAD, configuration, and every other ref. */
  untouchable(): string {
    const hash = createHash('sha256');
    for (const entry of readdirSync(this.path, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (/\.git\/(objects|(logs\/)?refs\/heads\/missions)(\/|$)/.test(path) || entry.isDirectory()) continue;
      hash.update(path).update(entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path));
    }
    return hash.digest('hex');
  }
}
