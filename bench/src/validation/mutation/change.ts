import type { Site } from '../corpus/marker.ts';

/** Changes a file at a site; undefined where the operator finds nothing that it could change. */
type Operator = (lines: readonly string[], site: Site) => readonly string[] | undefined;

/** What an operator does at a line of correct code: each a slip that people and models make. */
export const lineOperators: Readonly<Record<string, Operator>> = {
  negate: onLine(negated),
  'off-by-one': onLine(offByOne),
  swap: (lines, site) => onLine((line) => swapped(line, site.argument))(lines, site),
  instead: (lines, site) => onLine((line) => `${indentOf(line)}${site.argument}`)(lines, site),
  'drop-branch': (lines, site) => replaced(lines, site.line, endOfBlock(lines, site.line), []),
  'drop-statement': (lines, site) => replaced(lines, site.line, endOfBlock(lines, site.line), []),
  constant: inBody((_body, { argument }, indent) => [`${indent}return ${argument};`]),
  empty: inBody(() => []),
  stub: inBody((_body, _site, indent) => [`${indent}throw new Error('not implemented');`]),
  ignore: inBody((body, { argument }, indent) => [`${indent}${argument};`, ...body]),
  swallow: inBody((body, _site, indent) => [
    `${indent}try {`,
    ...body.map((line) => `  ${line}`),
    `${indent}} catch {`,
    `${indent}  return undefined;`,
    `${indent}}`,
  ]),
};

/** The file after the operator; throws where it changes nothing, so that no mutant equals its origin. */
export function mutate(content: string, site: Site): string {
  const lines = content.split('\n');
  const after = lineOperators[site.operator]?.(lines, site)?.join('\n');
  if (after === undefined || after === content)
    throw new Error(`${site.operator} changes nothing at ${site.path}:${site.line + 1}.`);
  return after;
}

function onLine(change: (line: string) => string | undefined): Operator {
  return (lines, site) => {
    const after = change(lines[site.line] ?? '');
    return after === undefined ? undefined : replaced(lines, site.line, site.line, [after]);
  };
}

function inBody(
  change: (body: readonly string[], site: Site, indent: string) => readonly string[],
): Operator {
  return (lines, site) => {
    const end = endOfBlock(lines, site.line);
    if (end === site.line) return undefined;
    const indent = `${indentOf(lines[site.line] ?? '')}  `;
    const body = lines.slice(site.line + 1, end);
    return replaced(lines, site.line + 1, end - 1, change(body, site, indent));
  };
}

/** The line on which what begins here ends: the one that closes it at the same depth, or the line itself. */
function endOfBlock(lines: readonly string[], from: number): number {
  const first = lines[from] ?? '';
  if (!/[{([]$/.test(first)) return from;
  const closing = new RegExp(`^${indentOf(first)}[})\\]]`);
  const end = lines.findIndex((line, index) => index > from && closing.test(line));
  return end === -1 ? from : end;
}

function replaced(
  lines: readonly string[],
  from: number,
  to: number,
  by: readonly string[],
): readonly string[] {
  return [...lines.slice(0, from), ...by, ...lines.slice(to + 1)];
}

function indentOf(line: string): string {
  return /^\s*/.exec(line)?.[0] ?? '';
}

function negated(line: string): string | undefined {
  const found = /\b(?:if|while) \(/.exec(line);
  if (!found) return line.includes('return ') ? line.replace(/return (.*);/, 'return !($1);') : undefined;
  const open = found.index + found[0].length - 1;
  const close = closingOf(line, open);
  if (close === undefined) return undefined;
  return `${line.slice(0, open)}(!${line.slice(open, close + 1)})${line.slice(close + 1)}`;
}

function closingOf(line: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < line.length; at += 1) {
    if (line[at] === '(') depth += 1;
    if (line[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

const steps: readonly (readonly [RegExp, string])[] = [
  [/ <= /, ' < '],
  [/ >= /, ' > '],
  [/ < /, ' <= '],
  [/ > /, ' >= '],
  [/ \+ 1\b/, ' + 2'],
  [/ - 1\b/, ''],
  [/\b1\b/, '2'],
  [/\b0\b/, '1'],
];

function offByOne(line: string): string | undefined {
  const step = steps.find(([pattern]) => pattern.test(line));
  return step && line.replace(step[0], step[1]);
}

/** Two parts of a line change places. */
function swapped(line: string, argument: string): string | undefined {
  const [one = '', other = ''] = argument.split(' <> ');
  const first = line.indexOf(one);
  const second = line.indexOf(other, first + one.length);
  if (first < 0 || second < 0) return undefined;
  const between = line.slice(first + one.length, second);
  return `${line.slice(0, first)}${other}${between}${one}${line.slice(second + other.length)}`;
}
