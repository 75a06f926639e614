/** Files of a tree by path; `undefined` says that a file of the base is deleted. */
export type Tree = Readonly<Record<string, string | undefined>>;

/** One part of an archive: what stands after its heading, and the files below it. */
export interface ArchivePart {
  readonly heading: string;
  readonly text: string;
  readonly files: Tree;
}

const headingMark = '##### ';
const fileMark = '===== ';
const deletionMark = '===== deleted ';

/**
 * Reads a tree that is kept as one text file, so that no tool takes it for a part of this repository. `===== path` begins a
 * file, `===== deleted path` names one that goes, `##### heading` begins a part; what stands before the first file of a part
 * is said about it.
 */
export function parseArchive(text: string): readonly ArchivePart[] {
  const [first = '', ...parts] = `\n${text}`.split(`\n${headingMark}`);
  const preface = first.trim() === '' ? [] : [`\n${first}`];
  return [...preface, ...parts].map(partOf);
}

function partOf(source: string): ArchivePart {
  const [heading = '', ...rest] = source.split('\n');
  const [text = '', ...files] = `\n${rest.join('\n')}`.split(`\n${fileMark}`);
  return {
    heading: heading.trim(),
    text: text.trim(),
    files: Object.fromEntries(files.map((file) => entryOf(`${fileMark}${file}`))),
  };
}

function entryOf(file: string): readonly [string, string | undefined] {
  const [head = '', ...lines] = file.split('\n');
  if (head.startsWith(deletionMark)) return [head.slice(deletionMark.length).trim(), undefined];
  return [head.slice(fileMark.length).trim(), `${lines.join('\n').trimEnd()}\n`];
}
