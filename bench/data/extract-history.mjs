/**
 * Writes which paths each commit of a repository changed, oldest first: one path a line, an empty line between commits; no
 * authors, dates or messages. Usage: node bench/data/extract-history.mjs [REPOSITORY] [COMMIT] > bench/data/history.txt
 */
import { execFileSync } from 'node:child_process';

const [repository = '.', commit = 'HEAD'] = process.argv.slice(2);
const args = [
  'log',
  '--reverse',
  '--no-merges',
  '--no-renames',
  '--name-only',
  '-z',
  '--format=%x01',
  commit,
];
const log = execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });
const commits = log
  .split('\u0001')
  .map((names) => names.split('\0').flatMap((name) => name.trim() || []))
  .filter((names) => names.length > 0);
process.stdout.write(`${commits.map((names) => names.toSorted().join('\n')).join('\n\n')}\n`);
