import { killerText, parseKiller, type Killer } from './killer.ts';

/** A note in an archive, at the end of a line: which operator may change it, and what must then be named. */
export interface Site {
  readonly path: string;
  /** From 0, in the file without its notes. */
  readonly line: number;
  readonly operator: string;
  readonly argument: string;
  readonly killer: Killer;
}

const note = /[ \t]*(?:\/\/~|<!--~) (.*?)(?: ?-->)?$/;
const entry = /^([a-z-]+)(?:\((.*)\))? ((?:VAL-|[a-z_]+ )\S+)$/s;

/** What a file says without its notes, which nobody but the operators sees. */
export function withoutNotes(content: string): string {
  return content
    .split('\n')
    .map((line) => line.replace(note, ''))
    .join('\n');
}

/** Throws when a note is written wrongly. */
export function sitesOf(path: string, content: string): readonly Site[] {
  return content.split('\n').flatMap((text, line) =>
    (note.exec(text)?.[1]?.split(' ;; ') ?? []).map((said): Site => {
      const [, operator = '', argument = '', killer = ''] = entry.exec(said.trim()) ?? [];
      if (operator === '') throw new Error(`${path}: nobody can read the note "${said}".`);
      return { path, line, operator, argument, killer: parseKiller(killer) };
    }),
  );
}

export function siteText({ operator, argument, killer, path, line }: Site): string {
  const how = argument === '' ? operator : `${operator}(${argument})`;
  return `${how} at ${path}:${line + 1}, seen by ${killerText(killer)}`;
}
