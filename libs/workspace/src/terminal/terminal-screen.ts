import type { IBufferLine, Terminal as Emulator } from '@xterm/headless';
import type { Redactor } from '@missions/kernel';
import { styledRuns, type StyledRun } from './styled-run.ts';

/** What a person sees on a terminal at one moment, redacted. */
export interface TerminalScreen {
  readonly columns: number;
  /** Every row of the screen from the top, without the blanks at its end. */
  readonly rows: readonly string[];
  /** The same rows as they look. */
  readonly styled: readonly (readonly StyledRun[])[];
  /** The same, but a line that was too long for one row is one line. */
  readonly lines: readonly string[];
  /** The lines, and before them those that scrolled off the screen as far as they are kept. */
  readonly text: string;
  /** Counted from 0. */
  readonly cursor: { readonly row: number; readonly column: number };
}

interface Row {
  readonly text: string;
  readonly styled: readonly StyledRun[];
}

/** Reads the emulator's active buffer, which is the alternate one while a program fills the whole screen. */
export function readScreen(
  { buffer: { active }, rows, cols }: Emulator,
  redactor: Pick<Redactor, 'redact'>,
): TerminalScreen {
  const linesIn = (from: number, to: number): readonly (readonly IBufferLine[])[] => {
    const lines: IBufferLine[][] = [];
    for (let index = from; index < to; index += 1) {
      const line = active.getLine(index);
      if (!line) continue;
      const last = lines.at(-1);
      if (line.isWrapped && last) last.push(line);
      else lines.push([line]);
    }
    return lines;
  };
  const visible = linesIn(active.baseY, active.baseY + rows).map((parts) => rowsOf(parts, cols, redactor));
  const lines = visible.map(lineOf);
  const gone = linesIn(0, active.baseY).map((parts) => textsOf(parts).join(''));
  return {
    columns: cols,
    rows: visible.flat().map(({ text }) => text.trimEnd()),
    styled: visible.flat().map(({ styled }) => styled),
    lines,
    text: redactor.redact([...gone, ...lines].join('\n').trimEnd()),
    cursor: { row: active.cursorY, column: active.cursorX },
  };
}

function lineOf(rows: readonly Row[]): string {
  return rows.map(({ text }) => text).join('');
}

/** Blanks at the end of a row that goes on in the next are part of the line. */
function textsOf(parts: readonly IBufferLine[]): readonly string[] {
  return parts.map((part, index) => part.translateToString(index === parts.length - 1));
}

/** One line over its rows. It is redacted as a whole, so that a secret which wraps is found, and laid out plainly then. */
function rowsOf(
  parts: readonly IBufferLine[],
  columns: number,
  { redact }: Pick<Redactor, 'redact'>,
): readonly Row[] {
  const texts = textsOf(parts);
  const rows = parts.map((part, index) => ({ text: texts[index] ?? '', styled: styledRuns(part) }));
  const line = lineOf(rows);
  const redacted = redact(line);
  return redacted === line ? rows : rows.map((_, index) => plainRow(redacted, index, columns));
}

function plainRow(line: string, index: number, columns: number): Row {
  const text = line.slice(index * columns, (index + 1) * columns);
  const style = { bold: false, foreground: undefined, background: undefined };
  return { text, styled: text === '' ? [] : [{ column: 0, width: text.length, text, ...style }] };
}
