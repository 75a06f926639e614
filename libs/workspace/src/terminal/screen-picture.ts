import { terminalColours, type StyledRun } from './styled-run.ts';
import type { TerminalScreen } from './terminal-screen.ts';

const cell = { width: 9, height: 18 } as const;
const margin = 12;
const baseline = 5;

/** A screen as an SVG picture, in its colours; its text stays text, so that it can be searched. */
export function pictureOf({
  columns,
  styled,
  cursor,
}: Pick<TerminalScreen, 'columns' | 'styled' | 'cursor'>): string {
  const width = columns * cell.width + 2 * margin;
  const height = styled.length * cell.height + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}">`,
    `<rect width="100%" height="100%" rx="6" fill="${terminalColours.paper}"/>`,
    rectangle({ row: cursor.row, column: cursor.column, width: 1, fill: '#4b5563' }),
    `<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="15" fill="${terminalColours.text}">`,
    ...styled.flatMap((runs, row) => runs.flatMap((run) => drawn(run, row))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawn(
  { column, width, text, bold, foreground, background }: StyledRun,
  row: number,
): readonly string[] {
  const x = margin + column * cell.width;
  const y = margin + (row + 1) * cell.height - baseline;
  const style = `${bold ? ' font-weight="bold"' : ''}${foreground === undefined ? '' : ` fill="${foreground}"`}`;
  return [
    ...(background === undefined ? [] : [rectangle({ row, column, width, fill: background })]),
    ...(text.trim() === ''
      ? []
      : [
          `<text x="${String(x)}" y="${String(y)}" textLength="${String(width * cell.width)}"${style} xml:space="preserve">${escaped(text)}</text>`,
        ]),
  ];
}

function rectangle(at: {
  readonly row: number;
  readonly column: number;
  readonly width: number;
  readonly fill: string;
}): string {
  const x = margin + at.column * cell.width;
  const y = margin + at.row * cell.height;
  return `<rect x="${String(x)}" y="${String(y)}" width="${String(at.width * cell.width)}" height="${String(cell.height)}" fill="${at.fill}"/>`;
}

/** What XML cannot hold is shown as a replacement character. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
