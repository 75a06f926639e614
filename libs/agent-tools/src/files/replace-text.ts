/** What a replacement in a text came to: the new text, or why it was not done. */
export type Replacement =
  | { readonly text: string; readonly count: number; readonly firstLine: number }
  | { readonly problem: string };

export interface ReplaceRequest {
  readonly text: string;
  readonly from: string;
  readonly to: string;
  readonly all: boolean;
}

/** Replaces text that occurs exactly once, or everywhere where asked; never a place that was not meant. */
export function replaceText(request: ReplaceRequest): Replacement {
  const { text, from, to, all } = withLineEndsOf(request);
  if (from === to) return { problem: 'old_string and new_string are the same; nothing would change.' };
  const places = placesOf(text, from);
  if (places.length === 0) return { problem: `old_string does not occur. ${nearestHint(text, from)}` };
  if (places.length > 1 && !all) return { problem: ambiguity(text, places) };
  return {
    text: text.split(from).join(to),
    count: places.length,
    firstLine: lineAt(text, places[0] ?? 0),
  };
}

/** Models write `\n`; a file whose lines end by `\r\n` keeps them. */
function withLineEndsOf(request: ReplaceRequest): ReplaceRequest {
  const { text, from, to } = request;
  if (!text.includes('\r\n') || from.includes('\r') || text.includes(from)) return request;
  const converted = (part: string): string => part.replace(/\r?\n/g, '\r\n');
  return { ...request, from: converted(from), to: converted(to) };
}

/** Without overlaps, as `split` finds them. */
function placesOf(text: string, part: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) places.push(at);
  return places;
}

function ambiguity(text: string, places: readonly number[]): string {
  const shown = places.slice(0, 10).map((at) => lineAt(text, at));
  const more = places.length > shown.length ? ', …' : '';
  return `old_string occurs ${places.length} times (lines ${shown.join(', ')}${more}). Add lines around it until it is the only one, or set replace_all.`;
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

const hintLines = 20_000;

/** Where the model probably meant: the same line but for white space, else the most similar one. */
function nearestHint(text: string, from: string): string {
  const wanted = from
    .split(/\r?\n/)
    .find((line) => line.trim() !== '')
    ?.trim();
  if (wanted === undefined) return '';
  const lines = text.split(/\r?\n/, hintLines);
  const same = lines.findIndex((line) => line.trim() === wanted);
  if (same >= 0)
    return `Its first line does occur as line ${same + 1}; what follows there, or the white space, differs:\n${around(lines, same)}`;
  const wantedPairs = pairsOf(wanted);
  let best = { index: -1, score: 0.5 };
  for (const [index, line] of lines.entries()) {
    const score = similarity(wantedPairs, line.trim());
    if (score > best.score) best = { index, score };
  }
  if (best.index < 0) return 'No line is similar; read the file again.';
  return `The nearest line is ${best.index + 1}:\n${around(lines, best.index)}`;
}

function around(lines: readonly string[], index: number): string {
  const from = Math.max(0, index - 1);
  return lines
    .slice(from, index + 3)
    .map((line, offset) => `${from + offset + 1}\t${line.slice(0, 300)}`)
    .join('\n');
}

function pairsOf(line: string): ReadonlySet<string> {
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < Math.min(line.length, 300); at += 1) pairs.add(line.slice(at, at + 2));
  return pairs;
}

/** Dice's coefficient over pairs of characters: 1 for the same, 0 for nothing in common. */
function similarity(wanted: ReadonlySet<string>, line: string): number {
  const pairs = pairsOf(line);
  if (wanted.size + pairs.size === 0) return 0;
  const common = [...pairs].filter((pair) => wanted.has(pair)).length;
  return (2 * common) / (wanted.size + pairs.size);
}
