import { createHash } from 'node:crypto';

/**
 * What no reader can see, or what reorders what he sees: controls, formatting characters (bidirectional overrides, tags that
 * spell hidden ASCII), halves of characters. Joiners stay, because scripts and emoji need them.
 */
const unseen = /[[\u{E0100}-\u{E01EF}\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]--[\n\t]--\u200c--\u200d]+/gv;

/** Text of a repository as something that can be shown: no character of it is hidden or moves another. */
export function neutral(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(unseen, '\uFFFD');
}

/** The same on one line, cut to a length. */
export function neutralLine(text: string, maxCharacters: number): string {
  const line = neutral(text).replaceAll(/\s+/g, ' ').trim();
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters - 1).toWellFormed()}…`;
}

/**
 * Text of a repository between two lines that it cannot contain: the mark is derived from the text itself. The same text
 * is always fenced in the same way.
 */
export function fenced(label: string, text: string): string {
  const shown = neutral(text).replace(/\n+$/, '');
  const mark = markFor(`${label}\n${shown}`);
  return `<<< ${label} ${mark}\n${shown}\n>>> ${mark}`;
}

function markFor(text: string): string {
  let mark = digestOf(text).slice(0, markCharacters);
  while (text.includes(mark)) mark = digestOf(mark).slice(0, markCharacters);
  return mark;
}

const markCharacters = 16;

/** SHA-256 in hex. */
export function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
