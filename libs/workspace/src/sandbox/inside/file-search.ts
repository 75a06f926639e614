import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { RE2JS } from 're2js';
import { existingPath, type FileScope } from './confined-path.ts';
import { compile, globMatcher, type PathMatcher } from './glob-pattern.ts';

const visitLimit = 200_000;
const searchedFileBytes = 10 * 1024 * 1024;
const textLimit = 1_000;
const passedOver = ['.git', 'node_modules'];

export interface GlobQuery {
  readonly pattern: string;
  readonly path: string;
  readonly limit: number;
}

export interface GrepQuery extends GlobQuery {
  readonly glob: string | null;
  readonly ignoreCase: boolean;
}

export async function findFiles(scope: FileScope, query: GlobQuery): Promise<object> {
  const base = await existingPath(scope, query.path);
  const matches = globMatcher(query.pattern);
  const found: string[] = [];
  for await (const file of filesBelow(base, query.pattern)) {
    if (!matches(relative(base, file))) continue;
    if (found.length === query.limit)
      return { paths: found.map((path) => shown(scope, path)), truncated: true };
    found.push(file);
  }
  return { paths: found.map((path) => shown(scope, path)), truncated: false };
}

interface Match {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export async function searchFiles(scope: FileScope, query: GrepQuery): Promise<object> {
  const base = await existingPath(scope, query.path);
  const matchesLine = lineMatcher(query);
  const wanted = query.glob === null ? () => true : fileMatcher(base, query.glob);
  const matches: Match[] = [];
  let filesSearched = 0;
  for await (const file of filesBelow(base, `${query.path}/${query.glob ?? ''}`)) {
    if (!wanted(file)) continue;
    const lines = await textLines(file);
    if (lines === undefined) continue;
    filesSearched += 1;
    for (const [index, text] of lines.entries()) {
      if (!matchesLine(text)) continue;
      if (matches.length === query.limit) return { matches, filesSearched, truncated: true };
      matches.push({ path: shown(scope, file), line: index + 1, text: text.slice(0, textLimit) });
    }
  }
  return { matches, filesSearched, truncated: false };
}

/** Regular files only, each folder in order of its names; links are not followed. */
async function* filesBelow(base: string, named: string): AsyncGenerator<string> {
  if ((await lstat(base)).isFile()) yield base;
  const skipped = new Set(passedOver.filter((name) => !named.includes(name)));
  yield* walk(base, skipped, { visited: 0 });
}

async function* walk(
  folder: string,
  skipped: ReadonlySet<string>,
  count: { visited: number },
): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if ((count.visited += 1) > visitLimit) return;
    if (entry.isFile()) yield join(folder, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name))
      yield* walk(join(folder, entry.name), skipped, count);
  }
}

function fileMatcher(base: string, glob: string): PathMatcher {
  const matches = globMatcher(glob);
  return (file) => matches(relative(base, file)) || matches(basename(file));
}

/** A pattern without any operator is looked up as it is: most are, and that is many times faster. */
function lineMatcher({ pattern, ignoreCase }: GrepQuery): PathMatcher {
  if (!ignoreCase && !/[.*+?^${}()|[\]\\]/.test(pattern)) return (line) => line.includes(pattern);
  const expression = compile(pattern, pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return (line) => expression.matcher(line).find();
}

async function textLines(file: string): Promise<string[] | undefined> {
  const { size } = await lstat(file);
  if (size > searchedFileBytes) return undefined;
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined || bytes.subarray(0, 8_192).includes(0)) return undefined;
  const lines = bytes.toString('utf8').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function shown(scope: FileScope, path: string): string {
  const below = relative(scope.workspace, path);
  return below.startsWith('..') ? path : below;
}
