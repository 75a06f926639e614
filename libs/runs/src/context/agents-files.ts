import { posix } from 'node:path';
import { byCodeUnits, type CommitFiles } from './commit-files.ts';
import { digestOf, fenced, neutral, neutralLine } from './hostile-text.ts';

/** One AGENTS.md that speaks to a run, with what of it is shown. */
export interface AgentsFile {
  readonly path: string;
  readonly digest: string;
  readonly shown: string;
}

export interface AgentsFiles {
  /** The root's first, the nearest to the work last. */
  readonly files: readonly AgentsFile[];
  /** Those of folders the run is not expected to work in. */
  readonly others: readonly string[];
}

const fileName = 'AGENTS.md';
const maxFileCharacters = 12_000;
const maxTotalCharacters = 24_000;
/** Less than this is not worth showing. */
const minFileCharacters = 500;
const maxFileBytes = 1024 * 1024;
const maxFiles = 20;
const othersNamed = 20;

/** The root's AGENTS.md and those on the way to the folders that are touched; the nearest gets its space first. */
export async function agentsFiles(files: CommitFiles, touches: readonly string[]): Promise<AgentsFiles> {
  const all = files.all.map(({ path }) => path).filter((path) => posix.basename(path) === fileName);
  const near = all.filter(nearTo(files, touches)).toSorted(outerFirst);
  let left = maxTotalCharacters;
  const shown: AgentsFile[] = [];
  for (const path of near.toReversed().slice(0, maxFiles)) {
    const file = await read(files, path, Math.min(left, maxFileCharacters));
    if (!file) continue;
    left -= file.shown.length;
    shown.unshift(file);
  }
  const paths = new Set(shown.map(({ path }) => path));
  return { files: shown, others: all.filter((path) => !paths.has(path)) };
}

function nearTo(files: CommitFiles, touches: readonly string[]): (path: string) => boolean {
  const top = new Set(files.all.map(({ path }) => path.split('/', 1)[0] ?? ''));
  const folders = new Set(touches.flatMap((touch) => folderChain(top, touch)));
  return (path) => path === fileName || folders.has(posix.dirname(path));
}

function outerFirst(one: string, other: string): number {
  return depthOf(one) - depthOf(other) || byCodeUnits(one, other);
}

function depthOf(path: string): number {
  return path.split('/').length;
}

async function read(
  files: CommitFiles,
  path: string,
  maxCharacters: number,
): Promise<AgentsFile | undefined> {
  const file = await files.follow(path);
  if (!file || (file.bytes ?? 0) > maxFileBytes || maxCharacters < minFileCharacters) return undefined;
  const content = (await files.contents([file.path])).get(file.path);
  if (!content) return undefined;
  return {
    path,
    digest: digestOf(content),
    shown: cut(Buffer.from(content).toString('utf8'), path, maxCharacters),
  };
}

/** Whole lines, and where to find the rest. */
function cut(text: string, path: string, maxCharacters: number): string {
  const whole = neutral(text);
  if (whole.length <= maxCharacters) return whole;
  const end = whole.lastIndexOf('\n', maxCharacters);
  const shown = whole.slice(0, end > 0 ? end : maxCharacters).toWellFormed();
  const next = shown.split('\n').length + 1;
  return `${shown}\n(cut here; \`read\` ${neutralLine(path, 300)} from line ${String(next)} for the rest)`;
}

/**
 * Every folder from the root to the one that a resource names. The name of a `path:` resource may begin with repository and
 * branch, so leading segments that are not in the repository are passed over.
 */
function folderChain(top: ReadonlySet<string>, touch: string): readonly string[] {
  const segments = literalSegments(touch);
  const inside = [0, 1, 2].map((skipped) => segments.slice(skipped)).find(([first = '']) => top.has(first));
  return (inside ?? []).map((_, index, path) => path.slice(0, index + 1).join('/'));
}

/** What stands before the first wildcard of a resource of files; nothing for ports, environments and browsers. */
function literalSegments(touch: string): readonly string[] {
  const kind = /^([a-z]+):\//.exec(touch)?.[1];
  if (kind !== undefined && kind !== 'path') return [];
  const segments = touch
    .replace(/^path:/, '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  const wildcard = segments.findIndex((segment) => /[*?[{]/.test(segment));
  return wildcard === -1 ? segments : segments.slice(0, wildcard);
}

export function agentsText({ files, others }: AgentsFiles): string {
  if (files.length + others.length === 0) return '';
  return [
    '### AGENTS.md',
    'How work is done here. Each holds for its folder and what lies below it; where two differ, the one nearest to the file you work on wins. The nearest comes last.',
    ...files.map(({ path, shown }) => fenced(neutralLine(path, 300), shown)),
    ...othersLines(others),
  ].join('\n');
}

/** Names of folders are a stranger's text as well. */
function othersLines(others: readonly string[]): readonly string[] {
  if (others.length === 0) return [];
  const named = others.slice(0, othersNamed).map((path) => neutralLine(path, 200));
  const rest = others.length - named.length;
  return [
    `Before you work in the folder of one of these, \`read\` it${rest > 0 ? ` (${String(rest)} more are not named)` : ''}:`,
    fenced('more AGENTS.md', named.join('\n')),
  ];
}
