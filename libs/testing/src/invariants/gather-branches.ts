import { execFileSync } from 'node:child_process';
import type { Branch, BranchCommit } from './evidence.ts';

interface Named {
  readonly missionId: string;
  readonly path: string;
  readonly baseSha: string;
}

/** The branch of a mission in a person's repository, as ordinary Git shows it; of what was merged into it the merges alone. */
export function gatherBranch({ missionId, path, baseSha }: Named): Branch {
  const git = (...args: readonly string[]): string => runGit(path, args);
  const ref = `refs/heads/missions/${missionId}`;
  const head = git('for-each-ref', '--format=%(objectname)', ref).trim();
  if (head === '') return { missionId, head: undefined, commits: [], patch: '' };
  const range = `${baseSha}..${ref}`;
  const log = git(
    'log',
    '--reverse',
    '--first-parent',
    '--format=%H%x1f%P%x1f%(trailers:unfold=true)%x1e',
    range,
  );
  const commits = log.split('\x1e').map((entry) => entry.trim());
  return {
    missionId,
    head,
    commits: commits.filter(Boolean).map(commitOf),
    patch: git('log', '--format=%B', '--patch', '--text', range),
  };
}

function commitOf(entry: string): BranchCommit {
  const [sha = '', parents = '', trailers = ''] = entry.split('\x1f');
  const pairs = trailers.split('\n').flatMap((line): [string, string][] => {
    const [name, ...value] = line.split(': ');
    return name === undefined || value.length === 0 ? [] : [[name, value.join(': ').trim()]];
  });
  return { sha, parents: parents.split(' ').filter(Boolean), trailers: Object.fromEntries(pairs) };
}

function runGit(path: string, args: readonly string[]): string {
  return execFileSync('git', ['-c', 'safe.directory=*', ...args], {
    cwd: path,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1' },
  });
}
