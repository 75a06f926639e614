import type { Terminal as Emulator } from '@xterm/headless';
import type { Redactor } from '@missions/kernel';

/** What a person sees on a terminal at one moment, redacted. */
export interface TerminalScreen {
  readonly columns: number;
  /** Every row of the screen from the top, without the blanks at its end. */
  readonly rows: readonly string[];
  /** The same, but a line that was too long for one row is one line. */
  readonly lines: readonly string[];
  /** The lines, and before them those that scrolled off the screen as far as they are kept. */
  readonly text: string;
  /** Counted from 0. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** Reads the emulator's active buffer, which is the alternate one while a program fills the whole screen. */
export function readScreen(
  { buffer: { active }, rows, cols }: Emulator,
  redactor: Pick<Redactor, 'redact'>,
): TerminalScreen {
  const read = (from: number, to: number): readonly (readonly string[])[] => {
    const lines: string[][] = [];
    for (let index = from; index < to; index += 1) {
      const line = active.getLine(index);
      // Blanks inside a line that goes on in the next row are part of it.
      const goesOn = active.getLine(index + 1)?.isWrapped === true;
      const row = line?.translateToString(!goesOn) ?? '';
      const last = lines.at(-1);
      if (line?.isWrapped === true && last) last.push(row);
      else lines.push([row]);
    }
    return lines.map((parts) => redactedLine(parts, cols, redactor));
  };
  const visible = read(active.baseY, active.baseY + rows);
  const gone = read(0, active.baseY);
  const lines = visible.map((parts) => parts.join(''));
  return {
    columns: cols,
    rows: visible.flat().map((row) => row.trimEnd()),
    lines,
    text: [...gone.map((parts) => parts.join('')), ...lines].join('\n').trimEnd(),
    cursor: { row: active.cursorY, column: active.cursorX },
  };
}

/** Redacted as a whole, so that a secret which wraps is found, and laid out over as many rows again. */
function redactedLine(
  parts: readonly string[],
  columns: number,
  { redact }: Pick<Redactor, 'redact'>,
): readonly string[] {
  const line = parts.join('');
  const redacted = redact(line);
  if (redacted === line) return parts;
  return parts.map((_, index) => redacted.slice(index * columns, (index + 1) * columns));
}
