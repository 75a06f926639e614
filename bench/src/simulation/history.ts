import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The paths one commit changed. */
export type Commit = readonly string[];

/** A change wider than this is a reformatting or a beginning, not what one worker does in one run. */
const maxPaths = 24;

/** What each commit of this repository's own history changed, oldest first. */
export function commitHistory(): readonly Commit[] {
  const text = readFileSync(join(import.meta.dirname, '../../data/history.txt'), 'utf8');
  return text
    .trim()
    .split('\n\n')
    .map((paths) => paths.split('\n'))
    .filter((paths) => paths.length <= maxPaths);
}
