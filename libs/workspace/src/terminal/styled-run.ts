import type { IBufferCell, IBufferLine } from '@xterm/headless';

/** Cells beside each other that look alike. Colours are as in CSS; absent where they are the terminal's own. */
export interface StyledRun {
  readonly column: number;
  /** In columns; a wide character takes two. */
  readonly width: number;
  readonly text: string;
  readonly bold: boolean;
  readonly foreground: string | undefined;
  readonly background: string | undefined;
}

export const terminalColours = { text: '#e5e7eb', paper: '#14171c' } as const;

/** The runs of a row from the left, without the blanks at its end that nothing colours. */
export function styledRuns(line: IBufferLine): readonly StyledRun[] {
  const runs: StyledRun[] = [];
  for (let column = 0; column < line.length; column += 1) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const run = runOf(cell, column);
    const last = runs.at(-1);
    if (last && looksLike(last, run))
      runs[runs.length - 1] = { ...last, width: last.width + run.width, text: last.text + run.text };
    else runs.push(run);
  }
  const last = runs.pop();
  return last ? [...runs, ...withoutBlankEnd(last)] : [];
}

function withoutBlankEnd(run: StyledRun): readonly StyledRun[] {
  if (run.background !== undefined) return [run];
  const text = run.text.trimEnd();
  return text === '' ? [] : [{ ...run, text, width: run.width - (run.text.length - text.length) }];
}

function runOf(cell: IBufferCell, column: number): StyledRun {
  const own = { foreground: foregroundOf(cell), background: backgroundOf(cell) };
  const colours =
    cell.isInverse() === 0
      ? own
      : {
          foreground: own.background ?? terminalColours.paper,
          background: own.foreground ?? terminalColours.text,
        };
  const text = cell.isInvisible() === 0 ? cell.getChars() : '';
  return {
    column,
    width: cell.getWidth(),
    text: text === '' ? ' '.repeat(cell.getWidth()) : text,
    bold: cell.isBold() !== 0,
    ...colours,
  };
}

function looksLike(one: StyledRun, other: StyledRun): boolean {
  return (
    one.bold === other.bold && one.foreground === other.foreground && one.background === other.background
  );
}

function foregroundOf(cell: IBufferCell): string | undefined {
  if (cell.isFgRGB()) return hex(cell.getFgColor());
  return cell.isFgPalette() ? paletteColour(cell.getFgColor()) : undefined;
}

function backgroundOf(cell: IBufferCell): string | undefined {
  if (cell.isBgRGB()) return hex(cell.getBgColor());
  return cell.isBgPalette() ? paletteColour(cell.getBgColor()) : undefined;
}

const named = [
  '#1f2937 #ef4444 #22c55e #eab308 #3b82f6 #d946ef #06b6d4 #d1d5db',
  '#6b7280 #f87171 #4ade80 #facc15 #60a5fa #e879f9 #22d3ee #ffffff',
].flatMap((line) => line.split(' '));

/** The 256 colours of xterm: 16 with names, a cube of 6 x 6 x 6, 24 greys. */
function paletteColour(index: number): string {
  if (index < 16) return named[index] ?? terminalColours.text;
  if (index >= 232) return hex((8 + (index - 232) * 10) * 0x01_01_01);
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  const [red, green, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
  return hex(((red ?? 0) << 16) | ((green ?? 0) << 8) | (blue ?? 0));
}

function hex(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`;
}
